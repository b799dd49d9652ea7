import { eachOfMany, type Held, type RetentionPlan, type CatalogueEntry, type Steps, WideMap } from '@holdfast/core';
import { inSlices } from '../in-slices.ts';
import type { ObjectStore } from '../object-store.ts';
import { archiveChain, type ArchiveOptions } from './archive-chain.ts';
import { type ChainLock, heldByLocks, lockOf, whyRefused } from './chain-locks.ts';
import type { FolderPlan } from './plan-folder.ts';
import { type ArchiveSummary, summarizeArchive } from './read-archive.ts';
import { sweepChains, type SweepOptions, type SweptChain } from './sweep-chains.ts';
import { sweepLeftovers, type SweptLeftovers } from './sweep-leftovers.ts';

export interface Swept {
  /** Artifacts that are gone. */
  readonly removed: number;
  /** Artifacts that went into the archive. */
  readonly archived: number;
  readonly archivedBytes: number;
  /** What was to be archived and stays where it is, and why. */
  readonly held: RetentionPlan['held'];
  /** What lies in the archive afterwards. */
  readonly archive: ArchiveSummary;
  readonly reclaimedBytes: number;
  /** What failed runs had left. */
  readonly removedLeftovers: { readonly objects: number; readonly runs: number; readonly uploads: number };
}

/**
 * Carries out what a plan removes, after finishing what an earlier sweep left. A frozen plan removes nothing at all.
 * @param options.guard asked before every batch; false ends the sweep there, because the folder is not ours any more
 */
export async function sweepFolder(
  store: ObjectStore,
  plan: FolderPlan,
  options: { guard: () => Promise<boolean>; signal?: AbortSignal },
): Promise<Swept> {
  const none = { objects: 0, runs: 0, uploads: 0 };
  if (plan.frozen) return { ...nothingMoved, held: [], archive: plan.archive, removedLeftovers: none };
  const inUse = await inSlices(keysOf(plan.keep), { signal: options.signal });
  // Newest first, so that what is left of a chain at any instant is whole and shorter.
  const going = plan.remove.map(({ chain }) => ({ chain: chain.id, entries: chain.entries.toReversed() }));
  const { explaining } = plan.leftovers;
  const held: Held[] = [];
  const archives = plan.deletePolicy === 'Archive';
  const locks: ChainLock[] = [];
  const moveFirst = archives ? archivesFirst(store, held, { ...options, now: plan.at }) : undefined;
  const swept = await sweepChains(
    store,
    { chains: going, inUse, explaining },
    { ...options, ...sparingLocked(store, locks, { at: plan.at, signal: options.signal, next: moveFirst }) },
  );
  const { finished, artifacts, bytes } = swept;
  const archive = archives && artifacts > 0 ? await summarizeArchive(store, options.signal) : plan.archive;
  const moved = archives
    ? { archived: artifacts, archivedBytes: bytes }
    : { removed: artifacts, reclaimedBytes: bytes };
  const gone = { ...nothingMoved, ...moved, archive };
  if (!finished) return { ...gone, held: [...held, ...heldByLocks(store, locks)], removedLeftovers: none };
  const left = await sweepLeftovers(store, plan.leftovers, options);
  const aborting = store.abortStaleUploads !== undefined && (await options.guard());
  const uploads = aborting ? ((await store.abortStaleUploads?.('', plan.abortUploadsBefore, options.signal)) ?? 0) : 0;
  return {
    ...gone,
    held: [...held, ...heldByLocks(store, locks), ...heldLeftovers(left)],
    reclaimedBytes: gone.reclaimedBytes + left.bytes,
    removedLeftovers: { objects: left.objects, runs: left.runs, uploads },
  };
}

function* keysOf(fates: RetentionPlan['keep']): Steps<WideMap<true>> {
  const keys = new WideMap<true>();
  const note = ({ manifest }: CatalogueEntry): void => {
    for (const { key } of manifest.objects) keys.set(key, true);
  };
  for (const { chain } of fates) yield* eachOfMany(chain.entries, note);
  return keys;
}

const nothingMoved = { removed: 0, reclaimedBytes: 0, archived: 0, archivedBytes: 0 };

/** A chain goes only once the whole of it stands in the archive. */
function archivesFirst(
  store: ObjectStore,
  held: Held[],
  options: ArchiveOptions,
): (chain: SweptChain) => Promise<'go' | 'skip' | 'stop'> {
  return async ({ chain, entries }) => {
    const outcome = await archiveChain(store, { chain, entries: entries.toReversed() }, options);
    if (outcome.kind === 'archived') return 'go';
    if (outcome.kind === 'stopped') return 'stop';
    held.push({ reason: outcome.reason, message: outcome.message });
    return 'skip';
  };
}

function heldLeftovers({ locked: { count, error } }: SweptLeftovers): Held[] {
  if (!error) return [];
  const subject = count === 1 ? 'an object that failed runs left stays' : `${count} objects that failed runs left stay`;
  return [{ reason: 'ObjectLocked', message: `${subject}: ${error.message}`, count }];
}

/** A chain with a locked object stays as it is, and the others go. */
function sparingLocked(
  store: ObjectStore,
  locks: ChainLock[],
  { at, signal, next }: { at: Date; signal: AbortSignal | undefined; next: SweepOptions['before'] },
): Pick<SweepOptions, 'before' | 'onLocked'> {
  return {
    async before(chain) {
      const lock = await lockOf(store, chain, { at, signal });
      if (!lock) return (await next?.(chain)) ?? 'go';
      locks.push(lock);
      return 'skip';
    },
    async onLocked(chain, error) {
      locks.push(await whyRefused(store, chain, { error, signal }));
    },
  };
}
