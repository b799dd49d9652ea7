import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactsFolder, beyondDirect, explainFolder, parseKey, rejectedMarks, type InspectRow } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import { knownRuns } from '../begun.ts';
import { recordRows } from '../folder.ts';
import { markDamaged } from '../marks.ts';
import type { Desk, Folder, Transfer } from '../transfer.ts';
import { measure } from './measure.ts';

/** The engine writes into the store itself and finds its parents there. */
export async function openDirect(desk: Desk): Promise<Transfer> {
  const { context } = desk;
  const { storeFolder, storeUri, plan } = context;
  if (plan.encryption)
    throw new BackupError('SpecInvalid', 'terminal', 'a direct run cannot encrypt; the Job was not made by Holdfast');
  if (storeFolder) await mkdir(join(storeFolder, artifactsFolder), { recursive: true });
  const transfer: Transfer = {
    place: { path: `${storeUri}/artifacts`, kind: 'store', watched: storeFolder ? [storeFolder] : [] },
    inspect: (signal) => inspectFolder(desk, signal),
    explain: (rows, folder) => explain(rows, folder, desk, transfer),
    outOfReach: async (chains) => beyondDirect(chains),
    async deliver(row, signal) {
      const objects = await measure(row.file, context, signal);
      return objects && { objects };
    },
    counted: async () => undefined,
    close: async () => undefined,
  };
  return transfer;
}

/**
 * An empty folder is not shown to the engine: versions differ in what they say of one. What staged runs uploaded stands in folders of
 * its own below, and is no concern of the engine's.
 */
async function inspectFolder({ context, engine }: Desk, signal: AbortSignal): Promise<readonly InspectRow[]> {
  const { store, storeUri } = context;
  for await (const { key } of store.list(artifactsFolder, signal)) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'artifact' || parsed.run !== undefined) continue;
    const rows = await engine.inspect(`${storeUri}/${artifactsFolder}`, signal);
    return rows.filter(({ uri }) => !uri.includes('/') || /\/artifacts\/[^/]*$/.test(uri));
  }
  return [];
}

/** Adopts what a dead predecessor left, and says what else does not fit. */
async function explain(
  rows: readonly InspectRow[],
  folder: Folder,
  desk: Desk,
  transfer: Transfer,
): Promise<string | undefined> {
  const { context, runLog } = desk;
  const runs = await knownRuns(context, rows, folder.entries);
  const rejected = new Set(rejectedMarks(folder.entries, folder.marks).map(({ artifact }) => artifact));
  const { adopt, unexplained, missing } = explainFolder(rows, folder.entries, runs, rejected);
  for (const { row, run: id } of adopt) {
    const run = runs.find((known) => known.id === id);
    if (!run) continue;
    runLog.say(`artifact ${row.file} of run ${id} has no manifest; it is adopted`);
    const origin = { run: id, attempt: run.attempt, origin: 'adopted', startedAt: run.startedAt } as const;
    await recordRows([row], origin, folder, { ...desk, transfer }, context.signal);
  }
  for (const { file } of unexplained)
    runLog.say(`artifact ${file} is explained by no manifest and no run; this run takes a FULL`);
  for (const { manifest } of missing)
    runLog.say(
      `artifact ${manifest.artifact} has a manifest and is not in the folder as it says; its chain is not built on`,
    );
  await markDamaged(missing, folder, desk);
  if (unexplained.length > 0) return 'UnexplainedArtifact';
  return missing.length > 0 ? 'ChainBroken' : undefined;
}
