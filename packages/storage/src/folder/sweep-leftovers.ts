import { type Leftover, type Leftovers, manifestFolder, runFolder } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { removeAll } from './remove-artifact.ts';

export interface SweptLeftovers {
  readonly objects: number;
  readonly bytes: number;
  readonly runs: number;
}

/**
 * Removes what failed runs left. Each object is asked for once more: a manifest that now turns up means that a listing was not whole.
 * @throws BackupError `EmptyListing` then, before anything is removed
 */
export async function sweepLeftovers(
  store: ObjectStore,
  { remove, marks, runs }: Leftovers,
  options: { guard: () => Promise<boolean>; signal?: AbortSignal | undefined },
): Promise<SweptLeftovers> {
  const { guard, signal } = options;
  const swept = { objects: 0, bytes: 0, runs: 0 };
  for (const leftover of remove) await requireUnnamed(store, leftover, signal);
  for (let from = 0; from < remove.length; from += batch) {
    const some = remove.slice(from, from + batch);
    if (!(await guard())) return swept;
    await removeAll(
      store,
      some.map(({ key }) => key),
      signal,
    );
    swept.objects += some.length;
    swept.bytes += some.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  if (marks.length > 0 && !(await guard())) return swept;
  await removeAll(store, marks, signal);
  for (const run of runs) {
    const documents = await documentsOf(store, run, signal);
    if (documents.length === 0) continue;
    if (!(await guard())) return swept;
    await removeAll(store, documents, signal);
    swept.runs += 1;
  }
  return swept;
}

const batch = 500;

async function requireUnnamed(
  store: ObjectStore,
  { key, unlisted }: Leftover,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const manifest of unlisted) {
    if (!(await store.head(manifest, signal))) continue;
    const message = `${store.place} did not list "${manifest}", which is there and may name "${key}"; nothing more is removed until the listing is whole`;
    throw new BackupError('EmptyListing', 'transient', message);
  }
}

/** Empty when the run has a manifest after all. */
async function documentsOf(store: ObjectStore, run: string, signal: AbortSignal | undefined): Promise<string[]> {
  for await (const _manifest of store.list(manifestFolder(run), signal)) return [];
  return Array.fromAsync(store.list(runFolder(run), signal), ({ key }) => key);
}
