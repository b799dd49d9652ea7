import {
  chainsInSteps,
  eachOfMany,
  leftoverGraceMs,
  type Held,
  type Leftovers,
  noLeftovers,
  planLeftoversInSteps,
  planRetentionInSteps,
  type RetentionPlan,
  type RetentionPolicy,
  runOfManifest,
  warnOfLifecycleRules,
  type CatalogueEntry,
  type Steps,
  WideMap,
} from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import { inSlices } from '../in-slices.ts';
import type { ObjectStore } from '../object-store.ts';
import { readCatalogue, type Catalogue } from './read-catalogue.ts';
import { type ArchiveSummary, summarizeArchive } from './read-archive.ts';
import { readLeftovers } from './read-leftovers.ts';
import { archiveChain, type ArchiveOptions } from './archive-chain.ts';
import { type ChainLock, heldByLocks, lockOf, whyRefused } from './chain-locks.ts';
import { sweepChains, type SweepOptions, type SweptChain } from './sweep-chains.ts';
import { sweepLeftovers, type SweptLeftovers } from './sweep-leftovers.ts';

/** What is known of a folder without looking into it. */
export interface FolderFacts {
  readonly now: Date;
  /** Longest time that a run may take. */
  readonly runDeadlineMs: number;
  /** Newest run that status knows as a success. */
  readonly newestRun?: string | undefined;
  /** Says whose the folder is when it is not this cluster's. */
  readonly ownedElsewhere?: string | undefined;
}

export interface FolderPlan extends RetentionPlan {
  /** What failed runs left, and what of it goes. */
  readonly leftovers: Leftovers;
  /** Uploads that began before this time and were never finished are aborted. */
  readonly abortUploadsBefore: Date;
  readonly archive: ArchiveSummary;
}

/**
 * Reads a backup's folder and says what a policy would keep and remove. Nothing is changed. A folder without any manifest is an `EmptyListing`:
 * retention is only ever asked for after a success, so silence of the store is never taken for consent.
 */
export async function planFolder(
  store: ObjectStore,
  policy: RetentionPolicy,
  given: FolderFacts,
  signal?: AbortSignal,
): Promise<FolderPlan> {
  const { now, ownedElsewhere, newestRun, runDeadlineMs } = given;
  const catalogue = await readCatalogue(store, signal);
  const { entries, unreadable, marks } = catalogue;
  const facts = {
    unreadable: unreadable.length,
    firstUnreadable: unreadable[0],
    storeNow: await store.now(signal),
    listedNothingButKnown: entries.length === 0 && unreadable.length === 0,
    missingRun: newestRun !== undefined && !lists(catalogue, newestRun) ? newestRun : undefined,
    ownedElsewhere,
    lastSuccessAt: await inSlices(lastSuccess(entries, now), { signal }),
  };
  const all = await inSlices(chainsInSteps(entries), { signal });
  const plan = await inSlices(planRetentionInSteps(policy, all, facts, now), { signal });
  const abortUploadsBefore = new Date(plan.at.getTime() - runDeadlineMs - leftoverGraceMs);
  const archive = await summarizeArchive(store, signal);
  const warnings = await lifecycleWarnings(store, signal);
  const told = { ...plan, held: [...plan.held, ...warnings] };
  if (plan.frozen) return { ...told, leftovers: noLeftovers, abortUploadsBefore, archive };
  const found = { ...(await readLeftovers(store, entries, signal)), marks, runDeadlineMs };
  const times = { at: plan.at, maxAgeMs: policy.maxAgeMs };
  const leftovers = await inSlices(planLeftoversInSteps(entries, found, { ...times, all }), { signal });
  return { ...told, held: [...told.held, ...unexplained(leftovers)], leftovers, abortUploadsBefore, archive };
}

/** Whoever may not ask for the rules, or gets no answer, is not kept from retention by that. */
async function lifecycleWarnings(store: ObjectStore, signal: AbortSignal | undefined): Promise<RetentionPlan['held']> {
  try {
    return warnOfLifecycleRules((await store.lifecycleRules?.(signal)) ?? []);
  } catch (error) {
    if (error instanceof BackupError) return [];
    throw error;
  }
}

/** A time in the future proves nothing of the present: taken for a success, it would let age remove although backups have stopped. */
function* lastSuccess(entries: readonly CatalogueEntry[], now: Date): Steps<Date | undefined> {
  let newestMs = Number.NEGATIVE_INFINITY;
  yield* eachOfMany(entries, ({ manifest }) => {
    const at = Date.parse(manifest.completionTime);
    if (at <= now.getTime() && at > newestMs) newestMs = at;
  });
  return newestMs === Number.NEGATIVE_INFINITY ? undefined : new Date(newestMs);
}

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

/** A manifest that cannot be read is there all the same, and says so itself. */
function lists({ entries, unreadable }: Catalogue, run: string): boolean {
  return (
    entries.some(({ manifest }) => manifest.run === run) || unreadable.some(({ key }) => runOfManifest(key) === run)
  );
}

/** Nobody knows whether it matters to someone, so it stays and is told. */
function unexplained({ unexplained: { count, samples } }: Leftovers): RetentionPlan['held'] {
  if (count === 0) return [];
  const subject = count === 1 ? 'an object lies' : `${count} objects lie`;
  const message = `${subject} among the artifacts that no manifest and no run explains (${samples.join(', ')}); it is left alone: move it out of the folder, or remove it by hand`;
  return [{ reason: 'UnexplainedArtifact', message, count }];
}
