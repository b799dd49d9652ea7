import type { ArchivedChain, ArchiveSummary, PlannedChain, RetentionResult } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { PlannedFate, RetentionPlan } from './plan.ts';
import type { Leftovers } from './plan-leftovers.ts';
import { toHeld, wholeSecondAfter } from './retention-words.ts';

/**
 * A plan in few words, for a termination message or status: `remove` is cut to what fits into `maxBytes` of JSON, the counts stay
 * true. Says what would be removed, also when that waits for a person; what really was removed is for whoever carries it out.
 */
export function toRetentionResult(
  plan: RetentionPlan & { readonly leftovers?: Leftovers; readonly archive?: Archive },
  maxBytes: number,
): RetentionResult {
  const result: RetentionResult = {
    kept: plan.totals.keep.runs,
    removed: 0,
    reclaimedBytes: 0,
    held: plan.held.map(toHeld),
    remove: [],
    removeCount: plan.proposal?.total.chains ?? 0,
    reclaimBytes: plan.proposal?.total.bytes ?? 0,
    ...(plan.deletePolicy === 'Archive' && { deletePolicy: plan.deletePolicy }),
    keepCount: staying(plan).length,
    keepBytes: staying(plan).reduce((sum, { chain }) => sum + chain.bytes, 0),
    ...(plan.proposal && { plan: plan.proposal.id, removeArtifacts: plan.proposal.total.artifacts }),
    ...(plan.proposal?.consent && { consent: plan.proposal.consent }),
    ...(plan.leftovers && { leftovers: countsOf(plan.leftovers) }),
    ...(plan.nextExpiry && { nextExpiry: wholeSecondAfter(plan.nextExpiry) }),
    ...(plan.newest && { newest: newestOf(plan.newest) }),
  };
  // What goes matters more than what stays; what it does not need of its room is for the rest.
  const room = maxBytes - sizeOf(result) - keepFrameBytes - (hasArchive(plan.archive) ? archiveFrameBytes : 0);
  const remove = whatFits(plannedOf(plan.proposal?.chains ?? []), (room * 2) / 3);
  const keep = whatFits(plannedOf(staying(plan)), room - sizeOf(remove));
  return {
    ...result,
    remove,
    ...(keep.length > 0 && { keep }),
    ...(hasArchive(plan.archive) && { archive: archiveOf(plan.archive, room - sizeOf(remove) - sizeOf(keep)) }),
  };
}

/** What lies in the archive, as a look at the folder finds it. */
interface Archive {
  readonly chains: number;
  readonly artifacts: number;
  readonly bytes: number;
  readonly newest: readonly (Omit<ArchivedChain, 'time' | 'minimumUntil'> & {
    readonly archivedAt: Date;
    readonly minimumUntil?: Date;
  })[];
}

function hasArchive(archive: Archive | undefined): archive is Archive {
  return archive !== undefined && archive.chains > 0;
}

function archiveOf({ newest, ...counts }: Archive, room: number): ArchiveSummary {
  const named = newest.map(({ archivedAt, minimumUntil, ...chain }) => ({
    ...chain,
    time: toTime(archivedAt),
    ...(minimumUntil && { minimumUntil: toTime(minimumUntil) }),
  }));
  return { ...counts, newest: whatFits(named, room) };
}

/** Of `"archive":{"chains":…,"artifacts":…,"bytes":…,"newest":[]},` with numbers as large as they get. */
const archiveFrameBytes = 96;

/** Of `"keep":[],` around its entries. */
const keepFrameBytes = 12;

/** Chains that wait for a person stand among what would go. */
function staying({ keep, proposal }: RetentionPlan): readonly PlannedFate[] {
  return proposal?.consent === 'Waiting'
    ? keep.filter(({ because }) => because.reason !== 'PlanNotAcknowledged')
    : keep;
}

function countsOf({ remove, runs }: Leftovers): RetentionResult['leftovers'] {
  return { objects: remove.length, bytes: remove.reduce((sum, { bytes }) => sum + bytes, 0), runs: runs.length };
}

function newestOf({
  run,
  startedAt,
  chain,
  highestTx,
}: NonNullable<RetentionPlan['newest']>): RetentionResult['newest'] {
  return { run, time: toTime(startedAt), chain, highestTx };
}

/** One after the other, because a folder may have many more than there is room for. */
function* plannedOf(fates: readonly PlannedFate[]): Iterable<PlannedChain> {
  for (const { chain, because } of fates) {
    yield {
      chain: chain.id,
      database: chain.database,
      artifacts: chain.entries.length,
      bytes: chain.bytes,
      reason: because.reason,
      because: because.words.join(', ').slice(0, mostWordCharacters),
      time: toTime(chain.newestAt),
    };
  }
}

function whatFits<T>(named: Iterable<T>, room: number): T[] {
  const fitting: T[] = [];
  let left = room;
  for (const each of named) {
    left -= sizeOf(each) + 1; // its comma
    if (left < 0) break;
    fitting.push(each);
  }
  return fitting;
}

const mostWordCharacters = 160;

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
