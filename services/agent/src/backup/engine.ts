import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  engineCommand,
  formatBytes,
  formatVersion,
  gateArguments,
  inspectCommand,
  isSupportedVersion,
  judgeExit,
  parseInspectTable,
  parseVersion,
  readOutput,
  type EngineVerdict,
  type InspectRow,
  type OutputReport,
} from '@holdfast/core';
import { BackupError, type AgentPlan, type BackupType } from '@holdfast/types';
import type { Context } from '../context.ts';
import { roomFor, roomInScratch } from './room.ts';
import { runEngine, type EngineEnd } from './engine-process.ts';
import type { RunLog } from './run-log.ts';
import { watchForStall } from './stall.ts';

export interface EngineRun {
  readonly report: OutputReport;
  /** Absent when the engine ended with 0. */
  readonly verdict?: EngineVerdict;
  readonly exitCode?: number;
}

/** Where the engine writes its artifacts. */
export interface EnginePlace {
  /** A local folder, or a URI of the store. */
  readonly path: string;
  /** What it means when there is no room left in it. */
  readonly kind: 'store' | 'scratch' | 'work';
  /** Local folders beside scratch whose growth is progress. */
  readonly watched: readonly string[];
}

/** One call of `neo4j-admin database backup`. */
export interface BackupCall {
  readonly type: BackupType;
  readonly databases: readonly string[];
  readonly to: EnginePlace;
  /** What the newest FULLs of these databases hold, as far as there are any. */
  readonly lastFullBytes: number;
  readonly signal: AbortSignal;
}

/** `neo4j-admin` as a run uses it. */
export interface Engine {
  readonly version: string;
  backup(call: BackupCall): Promise<EngineRun>;
  /** Every artifact of a folder, empty DIFFs included; unreadable files are said in the log and left out. */
  inspect(path: string, signal: AbortSignal): Promise<readonly InspectRow[]>;
}

type EnginePlan = NonNullable<AgentPlan['engine']>;

/** Asks the binary for its version where the plan does not know it, and refuses options that the version does not have. */
export async function openEngine(plan: EnginePlan, context: Context, runLog: RunLog): Promise<Engine> {
  const version = plan.version ?? (await askVersion(context, runLog));
  const parsed = parseVersion(version);
  const refused = parsed && gateArguments(plan.options, parsed);
  if (refused) throw new BackupError('SpecInvalid', 'terminal', refused);
  return {
    version,
    backup: (call) => backup(plan, call, context, runLog),
    inspect: (path, signal) => inspect(version, path, context, runLog, signal),
  };
}

async function backup(
  plan: EnginePlan,
  { type, databases, to, lastFullBytes, signal }: BackupCall,
  context: Context,
  runLog: RunLog,
): Promise<EngineRun> {
  const scratch = await roomInScratch(context);
  const room = { scratch, work: to.kind === 'work' ? await roomFor({ folder: to.path, kind: to.kind }, context) : 0 };
  const tempPath = await mkdtemp(join(context.scratch, 'engine-'));
  const reader = readOutput();
  const channels = { stdout: reader.channel(), stderr: reader.channel() };
  const stall = watchForStall([context.scratch, ...to.watched], plan.stallTimeoutMs, context.clock);
  const stop = new AbortController();
  void stall.stalled.then((stalled) => stalled && stop.abort('Stalled'));
  const options = {
    cwd: tempPath,
    env: engineEnvironment(plan.heapSize),
    signal: AbortSignal.any([signal, stop.signal]),
    onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => {
      stall.progress();
      runLog.write(chunk, stream);
      channels[stream].push(chunk);
    },
  };
  try {
    const end = await runEngine(engineCommand(plan, { type, toPath: to.path, tempPath, databases }), options);
    channels.stdout.end();
    channels.stderr.end();
    const report = reader.report();
    const paths = { toPath: to.path, tempPath, toPathIs: to.kind };
    const verdict = measured(judgeExit(exitOf(end, signal, stop.signal), report, paths), { room, lastFullBytes });
    return { report, ...(verdict && { verdict }), ...(end.code !== undefined && { exitCode: end.code }) };
  } finally {
    stall.stop();
    await rm(tempPath, { recursive: true, force: true });
  }
}

/** Of a volume that was too small, people want to know by how much. It was full, so what is needed is more than there was. */
function measured(
  verdict: EngineVerdict | undefined,
  { room, lastFullBytes }: { room: Readonly<Record<'scratch' | 'work', number>>; lastFullBytes: number },
): EngineVerdict | undefined {
  if (!verdict?.full) return verdict;
  const available = room[verdict.full];
  const needed = `more than ${formatBytes(Math.max(available, lastFullBytes))} were needed`;
  const place = verdict.full === 'work' ? 'the work volume' : 'scratch';
  return {
    ...verdict,
    message: `${verdict.message}; ${needed} and ${formatBytes(available)} were available in ${place}`,
  };
}

async function inspect(
  version: string,
  path: string,
  context: Context,
  runLog: RunLog,
  signal: AbortSignal,
): Promise<readonly InspectRow[]> {
  const { text, end } = await capture(inspectCommand(version, path), context, signal);
  const table = parseInspectTable(text);
  for (const line of table.unreadable) runLog.say(`inspect printed a row that could not be understood: ${line}`);
  if (table.found) return table.rows;
  // Without a header nothing is known of the folder, and guessing "empty" would hide a parent.
  runLog.say(text.slice(0, 4_000));
  throw new BackupError(
    'EngineFailed',
    'transient',
    `neo4j-admin backup inspect ended with exit code ${end.code ?? 'none'} and printed no table; its output is in the log`,
  );
}

async function askVersion(context: Context, runLog: RunLog): Promise<string> {
  const { text } = await capture(['--version'], context, context.signal);
  const version = parseVersion(text);
  if (version && isSupportedVersion(version)) return text.match(/\d+\.\d+(\.\d+)?/)?.[0] ?? formatVersion(version);
  runLog.say(text.slice(0, 4_000));
  const says = version ? `says that it is ${formatVersion(version)}` : 'names no version';
  throw new BackupError(
    'TargetVersionUnsupported',
    'terminal',
    `neo4j-admin --version ${says}, and backups need 5.26 or later; use an image of Neo4j Enterprise 5.26 or later`,
  );
}

/** Most that is kept of what a listing prints: some hundred thousand artifacts. */
const maxCaptureBytes = 64 * 1024 * 1024;

async function capture(
  args: readonly string[],
  context: Context,
  signal: AbortSignal,
): Promise<{ text: string; end: EngineEnd }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const onOutput = (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes <= maxCaptureBytes) chunks.push(chunk);
  };
  const cwd = await mkdtemp(join(context.scratch, 'inspect-'));
  try {
    const end = await runEngine(args, { cwd, env: engineEnvironment('256M'), onOutput, signal });
    signal.throwIfAborted();
    return { text: Buffer.concat(chunks).toString('utf8'), end };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** The engine sees the store's variables and none of ours. */
export function engineEnvironment(heapSize: string): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !['HOLDFAST_PLAN', 'HOLDFAST_TERMINATION_LOG', 'HOLDFAST_POD_UID'].includes(name),
  );
  return { ...Object.fromEntries(inherited), HEAP_SIZE: heapSize };
}

function exitOf(end: EngineEnd, told: AbortSignal, stalled: AbortSignal): Parameters<typeof judgeExit>[0] {
  const endedFor = stalled.aborted
    ? 'Stalled'
    : told.aborted
      ? told.reason === 'DeadlineExceeded'
        ? 'DeadlineExceeded'
        : 'Interrupted'
      : undefined;
  return { code: end.code ?? null, signal: end.signal ?? null, ...(endedFor && { endedFor }) };
}
