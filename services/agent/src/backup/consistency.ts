import { createWriteStream } from 'node:fs';
import { copyFile, link, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkCommand, judgeCheck, parseVersion, supports, type CheckVerdict } from '@holdfast/core';
import type { StoredObject } from '@holdfast/types';
import type { Context } from '../context.ts';
import { engineEnvironment } from './engine.ts';
import { runEngine } from './engine-process.ts';
import type { RunLog } from './run-log.ts';

/** One FULL artifact and where it lies. */
export interface Checked {
  readonly database: string;
  readonly artifact: string;
  readonly objects: readonly StoredObject[];
  /** Plain local file of the artifact, its parts beside it; absent when only the store has it. */
  readonly localFile?: string | undefined;
}

/**
 * Has `neo4j-admin database check` look at exactly one artifact. What keeps it from looking is a verdict, not an error: only the signal
 * and the store throw.
 */
export async function checkConsistency(
  checked: Checked,
  { context, version, runLog }: { context: Context; version: string; runLog: RunLog },
  signal: AbortSignal,
): Promise<CheckVerdict> {
  const folder = await mkdtemp(join(context.scratch, 'check-'));
  try {
    const fromPath = await placeFor(checked, version, { context, folder, signal });
    return await check(fromPath, checked.database, { context, folder, runLog, signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined || !localTrouble.includes(code)) throw error;
    return { kind: 'notRun', line: `scratch could not hold a copy of ${checked.artifact} (${code})` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const localTrouble = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO'];

interface Bench {
  readonly context: Context;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Older versions take a folder and choose the newest chain in it, so there the artifact gets a folder of its own. */
async function placeFor(checked: Checked, version: string, bench: Bench): Promise<string> {
  const parsed = parseVersion(version);
  if (checked.localFile && parsed && supports(parsed, 'checkOneFile')) return checked.localFile;
  const own = await mkdtemp(join(bench.folder, 'from-'));
  for (const [index, object] of checked.objects.entries()) {
    const suffix = index === 0 ? '' : `.${index}`;
    const target = join(own, `${checked.artifact}${suffix}`);
    if (checked.localFile) await bringIn(`${checked.localFile}${suffix}`, target);
    else await download(object, target, bench);
  }
  return own;
}

/** A link costs no space, and works only within one file system. */
async function bringIn(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to); // whatever else is wrong shows here
  }
}

async function download({ key }: StoredObject, target: string, { context, signal }: Bench): Promise<void> {
  const body = (await context.store.read(key, { signal })) ?? [];
  await pipeline(body, createWriteStream(target), { signal });
}

async function check(
  fromPath: string,
  database: string,
  { context, folder, runLog, signal }: Bench & { runLog: RunLog },
): Promise<CheckVerdict> {
  const [tempPath, reportPath, cwd] = (await Promise.all(
    ['temp-', 'report-', 'work-'].map((prefix) => mkdtemp(join(folder, prefix))),
  )) as [string, string, string];
  const { engine } = context.plan;
  const offHeapMemory = engine?.options.find((option) => option.startsWith('--pagecache='))?.split('=')[1];
  runLog.say(`checking ${basename(fromPath)} of ${database} for consistency`);
  const output = tail();
  const end = await runEngine(checkCommand({ fromPath, tempPath, reportPath, offHeapMemory, database }), {
    cwd,
    env: engineEnvironment(engine?.heapSize ?? '256M'),
    signal,
    onOutput: (chunk, stream) => {
      runLog.write(chunk, stream);
      output.push(chunk);
    },
  });
  signal.throwIfAborted();
  const reports = await readdir(reportPath);
  const report = reports[0] === undefined ? undefined : await startOf(join(reportPath, reports[0]));
  return judgeCheck({ code: end.code, reports, report, output: output.text() });
}

const keptBytes = 64 * 1024;

/** The end of an output of any length. */
function tail(): { push(chunk: Uint8Array): void; text(): string } {
  let kept = Buffer.alloc(0);
  return {
    push: (chunk) => void (kept = Buffer.concat([kept, chunk]).subarray(-keptBytes)),
    text: () => kept.toString('utf8'),
  };
}

async function startOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(keptBytes), 0, keptBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
