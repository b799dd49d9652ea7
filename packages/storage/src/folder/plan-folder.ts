import {
  chainsInSteps,
  eachOfMany,
  leftoverGraceMs,
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
} from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import { inSlices } from '../in-slices.ts';
import type { ObjectStore } from '../object-store.ts';
import type { KnownManifests } from './manifest-memory.ts';
import { readCatalogue, type Catalogue } from './read-catalogue.ts';
import { type ArchiveSummary, summarizeArchive } from './read-archive.ts';
import { readLeftovers } from './read-leftovers.ts';

/** What is known of a folder without looking into it. */
export interface FolderFacts {
  readonly now: Date;
  /** Longest time that a run may take. */
  readonly runDeadlineMs: number;
  /** Newest run that status knows as a success. */
  readonly newestRun?: string | undefined;
  /** Says whose the folder is when it is not this cluster's. */
  readonly ownedElsewhere?: string | undefined;
  /** Manifests that were read before. */
  readonly known?: KnownManifests | undefined;
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
  const { now, ownedElsewhere, newestRun, runDeadlineMs, known } = given;
  const catalogue = await readCatalogue(store, signal, known);
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
