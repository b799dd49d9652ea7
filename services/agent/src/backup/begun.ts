import { runFolder, runsFolder, type CatalogueEntry, type InspectRow } from '@holdfast/core';
import { readDocument, writeDocument } from '@holdfast/storage';
import { begunSchema, type Begun } from '@holdfast/types';
import type { Context } from '../context.ts';

/** A run that wrote, or may have written, into the folder. */
export interface KnownRun {
  readonly id: string;
  readonly attempt: number;
  readonly startedAt: Date;
  /** When it had ended at the latest. */
  readonly endedAt: Date;
}

/**
 * Says in the store that this attempt is about to write. Whatever appears in the folder between then and its deadline, without a manifest, was made
 * by it: a successor adopts it instead of wondering.
 */
export async function beginRun({ plan, podUid, store, signal }: Context, startedAt: Date): Promise<void> {
  const begun: Begun = {
    v: 1,
    run: plan.run,
    attempt: plan.attempt,
    startTime: startedAt.toISOString(),
    deadline: new Date(startedAt.getTime() + plan.deadlineMs).toISOString(),
  };
  await writeDocument(store, `${runFolder(plan.run)}begun-${plan.attempt}-${podUid.slice(0, 8)}.json`, begun, signal);
}

/** Runs that may explain artifacts without a manifest. Nothing is read when every artifact has one. */
export async function knownRuns(
  { store, signal }: Context,
  rows: readonly InspectRow[],
  entries: readonly CatalogueEntry[],
): Promise<KnownRun[]> {
  const named = new Set(entries.map(({ manifest }) => manifest.artifact));
  if (rows.every(({ file }) => named.has(file))) return [];
  const runs: KnownRun[] = [];
  for await (const { key } of store.list(runsFolder, signal)) {
    if (!/\/begun-\d+-[^/]+\.json$/.test(key)) continue;
    const begun = begunSchema.safeParse(await readDocument(store, key, signal));
    if (!begun.success) continue; // then it explains nothing, and what it should explain forces a FULL
    const { run, attempt, startTime, deadline } = begun.data;
    runs.push({ id: run, attempt, startedAt: new Date(startTime), endedAt: new Date(deadline) });
  }
  return runs;
}
