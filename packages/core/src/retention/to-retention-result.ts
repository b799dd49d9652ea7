import type { PlannedChain, RetentionResult } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { PlannedFate, RetentionPlan } from './plan.ts';
import type { Leftovers } from './plan-leftovers.ts';
import { wholeSecondAfter } from './retention-words.ts';

/**
 * A plan in few words, for a termination message or status: `remove` is cut to what fits into `maxBytes` of JSON, the counts stay
 * true. Says what would be removed, also when that waits for a person; what really was removed is for whoever carries it out.
 */
export function toRetentionResult(
  plan: RetentionPlan & { readonly leftovers?: Leftovers },
  maxBytes: number,
): RetentionResult {
  const result: RetentionResult = {
    kept: plan.totals.keep.runs,
    removed: 0,
    reclaimedBytes: 0,
    held: plan.held.map(({ until, ...held }) => ({ ...held, ...(until && { until: wholeSecondAfter(until) }) })),
    remove: [],
    removeCount: plan.proposal?.total.chains ?? 0,
    reclaimBytes: plan.proposal?.total.bytes ?? 0,
    keepCount: staying(plan).length,
    keepBytes: staying(plan).reduce((sum, { chain }) => sum + chain.bytes, 0),
    ...(plan.proposal && { plan: plan.proposal.id, removeArtifacts: plan.proposal.total.artifacts }),
    ...(plan.proposal?.consent && { consent: plan.proposal.consent }),
    ...(plan.leftovers && { leftovers: countsOf(plan.leftovers) }),
    ...(plan.nextExpiry && { nextExpiry: wholeSecondAfter(plan.nextExpiry) }),
    ...(plan.newest && { newest: newestOf(plan.newest) }),
  };
  // What goes matters more than what stays; what it does not need of its room is for the rest.
  const room = maxBytes - sizeOf(result) - keepFrameBytes;
  const remove = whatFits(plan.proposal?.chains ?? [], (room * 2) / 3);
  const keep = whatFits(staying(plan), room - sizeOf(remove));
  return { ...result, remove, ...(keep.length > 0 && { keep }) };
}

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

function whatFits(fates: readonly PlannedFate[], room: number): PlannedChain[] {
  const fitting: PlannedChain[] = [];
  let left = room;
  for (const { chain, because } of fates) {
    const planned: PlannedChain = {
      chain: chain.id,
      database: chain.database,
      artifacts: chain.entries.length,
      bytes: chain.bytes,
      reason: because.reason,
      because: because.words.join(', ').slice(0, mostWordCharacters),
      time: toTime(chain.newestAt),
    };
    left -= sizeOf(planned) + 1; // its comma
    if (left < 0) break;
    fitting.push(planned);
  }
  return fitting;
}

const mostWordCharacters = 160;

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
