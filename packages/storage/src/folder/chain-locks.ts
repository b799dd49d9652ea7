import type { CatalogueEntry, Held } from '@holdfast/core';
import type { BackupError } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { Lock, ObjectStore } from '../object-store.ts';
import type { SweptChain } from './sweep-chains.ts';

/** What keeps a chain where it is. */
export interface ChainLock {
  readonly chain: string;
  /** One of its objects that are locked; absent where the store tells of no lock, and just refuses. */
  readonly key?: string;
  readonly by: string;
  /** When the last of its locks ends by itself; absent when one has to be taken off, or when the store does not say. */
  readonly until?: Date;
}

/**
 * Looks at every object of a chain before the first of them goes: one that is refused in the middle would leave a chain that lost its newer end
 * although somebody wanted it kept. Undefined when nothing keeps it, as far as the store tells.
 * @param at the earlier of our clock and the store's: a lock that ends a moment later than we think would refuse half a chain
 */
export async function lockOf(
  store: ObjectStore,
  { chain, entries }: SweptChain,
  { at, signal }: { at: Date; signal?: AbortSignal | undefined },
): Promise<ChainLock | undefined> {
  const locks: { key: string; lock: Lock }[] = [];
  await eachOf(keysOf(entries), { limit: looksAtOnce, signal }, async (key) => {
    const lock = (await store.head(key, signal))?.lock;
    if (lock && (!lock.until || lock.until > at)) locks.push({ key, lock });
  });
  const [longest] = locks.toSorted((a, b) => endOf(b.lock) - endOf(a.lock) || (a.key < b.key ? -1 : 1));
  if (!longest) return undefined;
  const { key, lock } = longest;
  return { chain, key, by: lock.by, ...(lock.until && { until: lock.until }) };
}

/** What keeps a chain of which the store refused an object, whatever any clock says. */
export async function whyRefused(
  store: ObjectStore,
  chain: SweptChain,
  { error, signal }: { error: BackupError; signal?: AbortSignal | undefined },
): Promise<ChainLock> {
  const told = await lockOf(store, chain, { at: new Date(0), signal });
  return told ?? { chain: chain.chain, by: error.message };
}

/** All of them in one sentence, because a folder may have many; `until` is when the first of them may go. */
export function heldByLocks(store: ObjectStore, locks: readonly ChainLock[]): Held[] {
  const [first] = locks.toSorted((a, b) => endOf(a) - endOf(b));
  if (!first) return [];
  const { length: count } = locks;
  const whose =
    count === 1
      ? `chain ${first.chain} stays although the policy removes it`
      : `${count} chains stay although the policy removes them`;
  const then = first.until
    ? `until ${first.until.toISOString()}; it is tried again then`
    : 'until somebody takes that off; it is tried again by itself';
  const why = first.key === undefined ? first.by : `${store.place} keeps "${first.key}" by ${first.by} ${then}`;
  const message = `${whose}: ${why}`;
  return [{ reason: 'ObjectLocked', message, count, ...(first.until && { until: first.until }) }];
}

const looksAtOnce = 16;

function* keysOf(entries: readonly CatalogueEntry[]): Iterable<string> {
  for (const { key, manifest } of entries) {
    yield key;
    for (const object of manifest.objects) yield object.key;
  }
}

function endOf({ until }: Pick<Lock, 'until'>): number {
  return until?.getTime() ?? Number.POSITIVE_INFINITY;
}
