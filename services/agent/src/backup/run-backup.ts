import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  agentOutcome,
  artifactsFolder,
  chains,
  chooseType,
  explainFolder,
  placeArtifacts,
  type CatalogueEntry,
  type InspectRow,
} from '@holdfast/core';
import { finishRemovals, readCatalogue, writeManifest } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import type { Context } from '../context.ts';
import { manifestOf, measure, type Origin } from './artifacts.ts';
import { beginRun, knownRuns } from './begun.ts';
import { openEngine, type Engine, type EngineRun } from './engine.ts';
import { keepLog } from './keep-log.ts';
import { openRunLog, type RunLog } from './run-log.ts';

/**
 * The verb `backup`: look at what the folder holds, choose FULL or DIFF, run the engine, find out what it made, write the manifests last.
 * A repeated pod begins with what its predecessor left and ends with it when nothing is missing.
 */
export async function runBackup(context: Context): Promise<AgentResult> {
  const runLog = openRunLog(join(context.scratch, 'run.log'), context.secrets);
  try {
    return await backup(context, runLog);
  } finally {
    await runLog.close();
    await keepLog(context, runLog.file);
  }
}

async function backup(context: Context, runLog: RunLog): Promise<AgentResult> {
  const { plan, clock } = context;
  const { engine: asked } = plan;
  if (!asked)
    throw new BackupError(
      'UnexpectedError',
      'terminal',
      'the plan of a backup names no engine; the Job was not made by Holdfast',
    );
  if (context.storeFolder) await mkdir(join(context.storeFolder, artifactsFolder), { recursive: true });
  const startedAt = clock.now();
  const engine = await openEngine(asked, context, runLog);
  const folder = await lookAtFolder(context, engine, runLog);
  await beginRun(context, startedAt);

  const lastGood = databasesOfLastRun(folder.entries, plan.run);
  const expected = [...new Set([...asked.expected, ...(asked.databases.includes('*') ? lastGood : [])])];
  const choice = chooseType({
    asked: asked.backupType,
    expected,
    chains: chains(folder.entries),
    limits: asked.chainLimits,
    forceFull: folder.forceFull ?? asked.forceFull,
    now: startedAt,
  });
  const runs: EngineRun[] = [];
  for (const databases of stillWanted(asked.databases, expected, doneBy(plan.run, folder))) {
    runLog.say(
      `run ${plan.run}: ${choice.type} backup of ${databases.join(', ')} (${choice.reason}: ${choice.message})`,
    );
    runs.push(await engine.backup(choice.type, databases, context.signal));
    await recordNew(context, engine, folder, startedAt);
  }
  // Whether "*" includes the system database differs between versions, so it is asked for by name when it did not come.
  if (
    asked.databases.includes('*') &&
    runs.length > 0 &&
    !doneBy(plan.run, folder).has('system') &&
    !context.signal.aborted
  ) {
    runs.push(await engine.backup(choice.type, ['system'], context.signal));
    await recordNew(context, engine, folder, startedAt);
  }
  if (runs.length === 0)
    runLog.say(`an earlier pod of run ${plan.run} left a manifest for every expected database; nothing is left to do`);
  const manifests = folder.entries.map(({ manifest }) => manifest).filter(({ run }) => run === plan.run);
  return agentOutcome({ plan, manifests, expected: asked.expected, lastGood, runs, choice, startedAt }, clock.now());
}

/** What must still be asked of the engine: everything, or by name what an earlier attempt or pod of this run did not bring. */
function stillWanted(
  asked: readonly string[],
  expected: readonly string[],
  done: ReadonlySet<string>,
): (readonly string[])[] {
  if (done.size === 0) return [asked];
  const missing = expected.filter((name) => !done.has(name));
  return missing.length > 0 ? [missing] : [];
}

function doneBy(run: string, { entries }: Folder): ReadonlySet<string> {
  return new Set(entries.filter(({ manifest }) => manifest.run === run).map(({ manifest }) => manifest.database));
}

interface Folder {
  /** Manifests, grown by each that this run writes. */
  readonly entries: CatalogueEntry[];
  /** Artifacts that were there before the engine ran, with or without a manifest. */
  readonly seen: Set<string>;
  readonly forceFull: string | undefined;
}

/** Compares what the engine sees with what manifests say; adopts what a dead predecessor left. */
async function lookAtFolder(context: Context, engine: Engine, runLog: RunLog): Promise<Folder> {
  const { store, signal } = context;
  // What a removal left half done must be gone before anything without a manifest is wondered about.
  await finishRemovals(store, { guard: async () => !signal.aborted, signal });
  const catalogue = await readCatalogue(store, signal);
  for (const { key, problem } of catalogue.unreadable) runLog.say(`manifest ${key} cannot be read: ${problem}`);
  const rows = await inspectFolder(context, engine, signal);
  const runs = await knownRuns(context, rows, catalogue.entries);
  const explained = explainFolder(rows, catalogue.entries, runs);
  const folder: Folder = {
    entries: [...catalogue.entries],
    seen: new Set(rows.map(({ file }) => file)),
    forceFull: whyFull(catalogue.unreadable.length, explained),
  };
  for (const { row, run: id } of explained.adopt) {
    const run = runs.find((one) => one.id === id);
    if (!run) continue;
    runLog.say(`artifact ${row.file} of run ${id} has no manifest; it is adopted`);
    await recordRows(
      [row],
      context,
      engine,
      folder,
      { run: id, attempt: run.attempt, origin: 'adopted', startedAt: run.startedAt },
      signal,
    );
  }
  for (const row of explained.unexplained)
    runLog.say(`artifact ${row.file} is explained by no manifest and no run; this run takes a FULL`);
  for (const { manifest } of explained.missing)
    runLog.say(
      `artifact ${manifest.artifact} has a manifest and is not in the folder as it says; its chain is not built on`,
    );
  return folder;
}

function whyFull(unreadable: number, { unexplained, missing }: ReturnType<typeof explainFolder>): string | undefined {
  if (unreadable > 0) return 'UnreadableManifest';
  if (unexplained.length > 0) return 'UnexplainedArtifact';
  return missing.length > 0 ? 'ChainBroken' : undefined;
}

/** Manifests for what appeared since the engine was started. */
async function recordNew(context: Context, engine: Engine, folder: Folder, startedAt: Date): Promise<void> {
  // Not the run's own signal: what is finished is worth recording within the grace period after the pod was told to stop.
  const signal = AbortSignal.timeout(recordingMs);
  const fresh = (await inspectFolder(context, engine, signal)).filter(({ file }) => !folder.seen.has(file));
  const { run, attempt } = context.plan;
  await recordRows(fresh, context, engine, folder, { run, attempt, origin: 'written', startedAt }, signal);
}

/** Longest time for writing manifests; shorter than the pod's grace period. */
const recordingMs = 45_000;

/** Writes a manifest for each artifact that is really there. Manifests come last: an artifact counts when its manifest exists. */
async function recordRows(
  rows: readonly InspectRow[],
  context: Context,
  engine: Engine,
  folder: Folder,
  origin: Origin,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, plan } = context;
  const rule = {
    engineVersion: engine.version,
    preferDiffAsParent: plan.engine?.options.some((option) => option.startsWith('--prefer-diff-as-parent')) ?? false,
  };
  const places = placeArtifacts(rows, chains(folder.entries), rule);
  for (const row of rows) {
    folder.seen.add(row.file);
    const objects = await measure(row.file, context, signal);
    const place = places.get(row.file);
    if (!objects || !place) continue;
    const manifest = manifestOf(row, objects, { plan, origin, place, engineVersion: engine.version, now: clock.now() });
    const { key } = await writeManifest(store, manifest, signal);
    folder.entries.push({ manifest, key, modifiedAt: clock.now() });
  }
}

/** An empty folder is not shown to the engine: versions differ in what they say of one. */
async function inspectFolder(context: Context, engine: Engine, signal: AbortSignal): Promise<readonly InspectRow[]> {
  for await (const _entry of context.store.list(artifactsFolder, signal)) {
    return engine.inspect(`${context.storeUri}/${artifactsFolder}`, signal);
  }
  return [];
}

/** Databases that the newest earlier run brought. */
function databasesOfLastRun(entries: readonly CatalogueEntry[], thisRun: string): string[] {
  const earlier = entries.filter(({ manifest }) => manifest.run !== thisRun);
  const newest = earlier.toSorted((a, b) => b.manifest.startTime.localeCompare(a.manifest.startTime))[0];
  return newest
    ? [
        ...new Set(
          earlier
            .filter(({ manifest }) => manifest.run === newest.manifest.run)
            .map(({ manifest }) => manifest.database),
        ),
      ]
    : [];
}
