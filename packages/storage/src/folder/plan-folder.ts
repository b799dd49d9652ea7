import { chains, planRetention, type RetentionPlan, type RetentionPolicy } from '@holdfast/core';
import type { ObjectStore } from '../object-store.ts';
import { readCatalogue } from './read-catalogue.ts';
import { sweepChains } from './sweep-chains.ts';

/**
 * Reads a backup's folder and says what a policy would keep and remove. Nothing is changed. A folder without any manifest is an `EmptyListing`:
 * retention is only ever asked for after a success, so silence of the store is never taken for consent.
 */
export async function planFolder(
  store: ObjectStore,
  policy: RetentionPolicy,
  now: Date,
  signal?: AbortSignal,
): Promise<RetentionPlan> {
  const { entries, unreadable } = await readCatalogue(store, signal);
  // A time in the future proves nothing of the present: taken for a success, it would let age remove although backups have stopped.
  const completed = entries
    .map(({ manifest }) => Date.parse(manifest.completionTime))
    .filter((at) => at <= now.getTime());
  const lastSuccessAt =
    completed.length > 0 ? new Date(completed.reduce((newest, at) => Math.max(newest, at))) : undefined;
  const facts = {
    unreadable: unreadable.length,
    firstUnreadable: unreadable[0],
    storeNow: await store.now(signal),
    listedNothingButKnown: entries.length === 0 && unreadable.length === 0,
    lastSuccessAt,
  };
  return planRetention(policy, chains(entries), facts, now);
}

export interface Swept {
  /** Artifacts that are gone. */
  readonly removed: number;
  readonly reclaimedBytes: number;
}

/**
 * Carries out what a plan removes, after finishing what an earlier sweep left.
 * @param options.guard asked before every batch; false ends the sweep there, because the folder is not ours any more
 */
export async function sweepFolder(
  store: ObjectStore,
  plan: RetentionPlan,
  options: { guard: () => Promise<boolean>; signal?: AbortSignal },
): Promise<Swept> {
  const inUse = new Set(
    plan.keep.flatMap(({ chain }) => chain.entries.flatMap(({ manifest }) => manifest.objects.map(({ key }) => key))),
  );
  // Newest first, so that what is left of a chain at any instant is whole and shorter.
  const going = plan.remove.map(({ chain }) => ({ chain: chain.id, entries: chain.entries.toReversed() }));
  const { artifacts, bytes } = await sweepChains(store, { chains: going, inUse }, options);
  return { removed: artifacts, reclaimedBytes: bytes };
}
