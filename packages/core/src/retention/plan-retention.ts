import { newestFirst, type Chain } from '../chains/chains.ts';
import { formatDuration } from '../format/duration.ts';
import { holds, type AgeHold } from './holds.ts';
import { newestRestorePoint } from './newest-restore-point.ts';
import type { Because, Held, PlannedFate, RetentionFacts, RetentionPlan, RetentionPolicy } from './plan.ts';
import { protectedChains } from './protected-chains.ts';
import { runFacts, type RunFacts } from './run-facts.ts';
import { keepSharedObjects } from './shared-objects.ts';
import { totalOf } from './totals.ts';
import { wantedRuns, type WantedRuns } from './wanted-runs.ts';

/**
 * Decides what stays and what goes. A restore point is a run: count and age choose runs, a chain stays while one of its runs is
 * wanted and goes as a whole otherwise. The newest verified chain of each database always stays. Whatever is doubtful (a manifest
 * that cannot be read, an empty listing, a policy without a limit) removes nothing.
 */
export function planRetention(
  policy: RetentionPolicy,
  chains: readonly Chain[],
  facts: RetentionFacts,
  now: Date,
): RetentionPlan {
  const at = facts.storeNow && facts.storeNow < now ? facts.storeNow : now;
  const suspect = facts.suspect ?? new Set<string>();
  const runs = runFacts(chains, suspect);
  const newestOnTop = chains.toSorted(newestFirst);
  const { frozen, ageHold } = holds(policy, facts, at);
  const limits = limitsOf(policy);
  if (frozen || !limits) {
    const keep = newestOnTop.map((chain) => ({ chain, because: frozen?.because ?? noLimit }));
    return finish({ at, keep, remove: [], held: frozen?.held ?? [], runs, suspect });
  }
  const wanted = wantedRuns(runs, limits, at.getTime());
  const inForce = ageHold ? wantedRuns(runs, withoutAge(limits), at.getTime()) : wanted;
  const safe = protectedChains(newestOnTop, suspect);
  const keep: PlannedFate[] = [];
  const remove: PlannedFate[] = [];
  let heldByAge = 0;
  for (const chain of newestOnTop) {
    const because = whyKept(chain, { wanted, inForce, safe, ageHold });
    if (because) keep.push({ chain, because });
    else remove.push({ chain, because: whyRemoved(chain, wanted, policy) });
    if (ageHold && because?.reason === ageHold.reason) heldByAge += 1;
  }
  const settled = leaveSomething(keepSharedObjects(keep, remove));
  const held = ageHold ? heldOf(ageHold, heldByAge) : [];
  return finish({ at, ...settled, held, runs, suspect, nextExpiryMs: ageHold ? undefined : wanted.nextExpiryMs });
}

const noLimit: Because = { reason: 'Kept', sentence: 'the policy sets no limit, so everything stays' };

/** Limits that make sense; undefined when there is none, or when one of them would keep nothing. */
function limitsOf({ maxAgeMs, maxCount }: RetentionPolicy): { maxAgeMs?: number; maxCount?: number } | undefined {
  if (maxAgeMs === undefined && maxCount === undefined) return undefined;
  if (maxAgeMs !== undefined && !(maxAgeMs > 0)) return undefined;
  if (maxCount !== undefined && !(maxCount >= 1)) return undefined;
  return {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxCount !== undefined && { maxCount: Math.ceil(maxCount) }),
  };
}

function withoutAge({ maxCount }: { maxCount?: number }): { maxCount?: number } {
  return maxCount === undefined ? {} : { maxCount };
}

interface Grounds {
  readonly wanted: WantedRuns;
  /** Differs from `wanted` while age is held. */
  readonly inForce: WantedRuns;
  readonly safe: ReadonlyMap<Chain, string>;
  readonly ageHold: AgeHold | undefined;
}

/** Asked in order; the first ground to keep the chain wins. */
function whyKept(chain: Chain, { wanted, inForce, safe, ageHold }: Grounds): Because | undefined {
  const run = chain.runs.findLast((id) => wanted.has(id));
  if (run !== undefined) return { reason: 'Kept', sentence: `the policy wants run ${run}, which needs this chain` };
  const protection = safe.get(chain);
  if (protection !== undefined) return { reason: 'NewestVerifiedChain', sentence: protection };
  if (!ageHold) return undefined;
  const spared = chain.runs.findLast((id) => inForce.has(id));
  return spared === undefined
    ? undefined
    : { reason: ageHold.reason, sentence: `run ${spared} stays: ${ageHold.sentence}` };
}

function whyRemoved(chain: Chain, wanted: WantedRuns, policy: RetentionPolicy): Because {
  const newest = chain.runs.at(-1) ?? '';
  const limit =
    wanted.fellTo(newest) === 'age'
      ? `older than ${formatDuration(policy.maxAgeMs ?? 0)}`
      : `beyond the newest ${policy.maxCount ?? 0} restore points`;
  return { reason: 'Expired', sentence: `no run in it is wanted; its newest, ${newest}, is ${limit}` };
}

/** A policy under which not one chain would stay removes nothing: silence is never consent to delete. */
function leaveSomething(fates: { keep: PlannedFate[]; remove: PlannedFate[] }): {
  keep: PlannedFate[];
  remove: PlannedFate[];
} {
  if (fates.keep.length > 0 || fates.remove.length === 0) return fates;
  const because: Because = { reason: 'Kept', sentence: 'nothing else is left, and retention never empties a folder' };
  return { keep: fates.remove.map(({ chain }) => ({ chain, because })), remove: [] };
}

function heldOf(hold: AgeHold, count: number): Held[] {
  // That a suspended backup keeps what it has is no trouble until something would really have gone.
  if (hold.reason === 'Suspended' && count === 0) return [];
  return [{ reason: hold.reason, message: hold.sentence, count }];
}

function finish(draft: {
  at: Date;
  keep: PlannedFate[];
  remove: PlannedFate[];
  held: readonly Held[];
  runs: ReadonlyMap<string, RunFacts>;
  suspect: ReadonlySet<string>;
  nextExpiryMs?: number | undefined;
}): RetentionPlan {
  const { at, keep, remove, held, runs, suspect, nextExpiryMs } = draft;
  const newest = newestRestorePoint(keep, runs, suspect);
  return {
    at,
    keep,
    remove: remove.toReversed(),
    held,
    totals: { keep: totalOf(keep), remove: totalOf(remove) },
    ...(nextExpiryMs !== undefined && { nextExpiry: new Date(nextExpiryMs) }),
    ...(newest && { newest }),
  };
}
