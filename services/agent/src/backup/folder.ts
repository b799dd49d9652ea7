import {
  artifactsFolder,
  chains,
  explainFolder,
  placeArtifacts,
  type CatalogueEntry,
  type InspectRow,
} from '@holdfast/core';
import { finishRemovals, readCatalogue, writeManifest } from '@holdfast/storage';
import type { Context } from '../context.ts';
import { manifestOf, measure, type Origin } from './artifacts.ts';
import { knownRuns, type KnownRun } from './begun.ts';
import type { Engine } from './engine.ts';
import type { RunLog } from './run-log.ts';

/** The backup's folder as a run knows it. */
export interface Folder {
  /** Manifests, grown by each that this run writes. */
  readonly entries: CatalogueEntry[];
  /** Artifacts that were there before the engine ran, with or without a manifest. */
  readonly seen: Set<string>;
  readonly forceFull: string | undefined;
}

/** What is needed to look at the folder and to write manifests into it. */
export interface Desk {
  readonly context: Context;
  readonly engine: Engine;
  readonly runLog: RunLog;
}

/** Compares what the engine sees with what manifests say; adopts what a dead predecessor left. */
export async function lookAtFolder(desk: Desk): Promise<Folder> {
  const { context, runLog } = desk;
  const { store, signal } = context;
  // What a removal left half done must be gone before anything without a manifest is wondered about.
  await finishRemovals(store, { guard: async () => !signal.aborted, signal });
  const catalogue = await readCatalogue(store, signal);
  for (const { key, problem } of catalogue.unreadable) runLog.say(`manifest ${key} cannot be read: ${problem}`);
  const rows = await inspectFolder(desk, signal);
  const runs = await knownRuns(context, rows, catalogue.entries);
  const explained = explainFolder(rows, catalogue.entries, runs);
  const folder: Folder = {
    entries: [...catalogue.entries],
    seen: new Set(rows.map(({ file }) => file)),
    forceFull: whyFull(catalogue.unreadable.length, explained),
  };
  for (const { row, run } of explained.adopt)
    await adopt(
      row,
      runs.find(({ id }) => id === run),
      folder,
      desk,
    );
  for (const row of explained.unexplained)
    runLog.say(`artifact ${row.file} is explained by no manifest and no run; this run takes a FULL`);
  for (const { manifest } of explained.missing)
    runLog.say(
      `artifact ${manifest.artifact} has a manifest and is not in the folder as it says; its chain is not built on`,
    );
  return folder;
}

/** Manifests for what appeared since the engine was started. */
export async function recordNew(folder: Folder, desk: Desk, startedAt: Date): Promise<void> {
  // Not the run's own signal: what is finished is worth recording within the grace period after the pod was told to stop.
  const signal = AbortSignal.timeout(recordingMs);
  const fresh = (await inspectFolder(desk, signal)).filter(({ file }) => !folder.seen.has(file));
  const { run, attempt } = desk.context.plan;
  await recordRows(fresh, { run, attempt, origin: 'written', startedAt }, folder, desk, signal);
}

/** Longest time for writing manifests; shorter than the pod's grace period. */
const recordingMs = 45_000;

async function adopt(row: InspectRow, run: KnownRun | undefined, folder: Folder, desk: Desk): Promise<void> {
  if (!run) return;
  const { id, attempt, startedAt } = run;
  desk.runLog.say(`artifact ${row.file} of run ${id} has no manifest; it is adopted`);
  await recordRows([row], { run: id, attempt, origin: 'adopted', startedAt }, folder, desk, desk.context.signal);
}

function whyFull(unreadable: number, { unexplained, missing }: ReturnType<typeof explainFolder>): string | undefined {
  if (unreadable > 0) return 'UnreadableManifest';
  if (unexplained.length > 0) return 'UnexplainedArtifact';
  return missing.length > 0 ? 'ChainBroken' : undefined;
}

/** Writes a manifest for each artifact that is really there. Manifests come last: an artifact counts when its manifest exists. */
async function recordRows(
  rows: readonly InspectRow[],
  origin: Origin,
  folder: Folder,
  { context, engine, runLog }: Desk,
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
    if (!objects || !place) {
      runLog.say(`artifact ${row.file} is listed by the engine and is not in the store; it gets no manifest`);
      continue;
    }
    const manifest = manifestOf(row, objects, { plan, origin, place, engineVersion: engine.version, now: clock.now() });
    const { key } = await writeManifest(store, manifest, signal);
    folder.entries.push({ manifest, key, modifiedAt: clock.now() });
  }
}

/** An empty folder is not shown to the engine: versions differ in what they say of one. */
async function inspectFolder({ context, engine }: Desk, signal: AbortSignal): Promise<readonly InspectRow[]> {
  for await (const _entry of context.store.list(artifactsFolder, signal)) {
    return engine.inspect(`${context.storeUri}/${artifactsFolder}`, signal);
  }
  return [];
}
