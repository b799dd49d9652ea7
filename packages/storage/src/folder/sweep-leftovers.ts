import { type Leftover, type Leftovers, manifestFolder, runFolder } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { isLocked } from './is-locked.ts';

export interface SweptLeftovers {
  readonly objects: number;
  readonly bytes: number;
  readonly runs: number;
  /** Objects that a lock keeps, and the refusal of one of them; a later sweep asks again. */
  readonly locked: { readonly count: number; readonly error?: BackupError };
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
  const swept = { objects: 0, bytes: 0, runs: 0, locked: { count: 0 } as { count: number; error?: BackupError } };
  for (const leftover of remove) await requireUnnamed(store, leftover, signal);
  for (let from = 0; from < remove.length; from += batch) {
    const some = remove.slice(from, from + batch);
    if (!(await guard())) return swept;
    const keys = some.map(({ key }) => key);
    const stays = await removeUnlocked(store, keys, { locked: swept.locked, signal });
    for (const { key, bytes } of some) {
      if (stays.has(key)) continue;
      swept.objects += 1;
      swept.bytes += bytes;
    }
  }
  if (marks.length > 0 && !(await guard())) return swept;
  await removeUnlocked(store, marks, { locked: swept.locked, signal });
  for (const run of runs) {
    const documents = await documentsOf(store, run, signal);
    if (documents.length === 0) continue;
    if (!(await guard())) return swept;
    const stays = await removeUnlocked(store, documents, { locked: swept.locked, signal });
    if (stays.size === 0) swept.runs += 1;
  }
  return swept;
}

const batch = 500;

/** Removes what may go, counts what a lock keeps, and answers those keys. Any other refusal is thrown. */
async function removeUnlocked(
  store: ObjectStore,
  keys: readonly string[],
  { locked, signal }: { locked: { count: number; error?: BackupError }; signal: AbortSignal | undefined },
): Promise<ReadonlySet<string>> {
  const stays = new Set<string>();
  if (keys.length === 0) return stays;
  for (const { key, error } of await store.removeMany(keys, signal)) {
    if (!error) continue;
    if (!isLocked(error)) throw error;
    stays.add(key);
    locked.count += 1;
    locked.error ??= error;
  }
  return stays;
}

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
