import { newestFirst, type Chain } from '../chains/chains.ts';
import { formatDuration } from '../format/duration.ts';
import { holds, type AgeHold } from './holds.ts';
import { newestRestorePoint } from './newest-restore-point.ts';
import type { Because, Held, PlannedFate, RetentionFacts, RetentionPlan, RetentionPolicy } from './plan.ts';
import { protectedChains } from './protected-chains.ts';
import { runTable, type RunTable } from './run-table.ts';
import { keepSharedObjects } from './shared-objects.ts';
import { totalOf } from './totals.ts';
import { fall, wantedRuns, type Limits, type WantedRuns } from './wanted-runs.ts';

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
  const table = runTable(chains, suspect);
  const newestOnTop = chains.toSorted(newestFirst);
  const { frozen, ageHold } = holds(policy, facts, at);
  const limits = limitsOf(policy);
  if (frozen || !limits) {
    const keep = newestOnTop.map((chain) => ({ chain, because: frozen?.because ?? noLimit }));
    return finish({ at, keep, remove: [], held: frozen?.held ?? [], table, frozen: frozen !== undefined });
  }
  const wanted = wantedRuns(table, limits, at.getTime());
  const inForce = ageHold ? wantedRuns(table, withoutAge(limits), at.getTime()) : wanted;
  const safe = protectedChains(newestOnTop, suspect);
  const keep: PlannedFate[] = [];
  const remove: PlannedFate[] = [];
  let heldByAge = 0;
  for (const chain of newestOnTop) {
    const because = whyKept(chain, { table, wanted, inForce, safe, ageHold });
    if (because) keep.push({ chain, because });
    else remove.push({ chain, because: whyRemoved(chain, { table, wanted, policy }) });
    if (ageHold && because?.reason === ageHold.reason) heldByAge += 1;
  }
  const settled = leaveSomething(keepSharedObjects({ keep, remove }));
  const held = ageHold ? heldOf(ageHold, heldByAge) : [];
  return finish({
    at,
    ...settled,
    held,
    table,
    frozen: false,
    nextExpiryMs: ageHold ? undefined : wanted.nextExpiryMs,
  });
}

const noLimit: Because = { reason: 'Kept', sentence: 'the policy sets no limit, so everything stays' };

/** Limits that make sense; undefined when there is none, or when one of them would keep nothing. */
function limitsOf({ maxAgeMs, maxCount }: RetentionPolicy): Limits | undefined {
  if (maxAgeMs === undefined && maxCount === undefined) return undefined;
  if (maxAgeMs !== undefined && !(maxAgeMs > 0)) return undefined;
  if (maxCount !== undefined && !(maxCount >= 1)) return undefined;
  return {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxCount !== undefined && { maxCount: Math.ceil(maxCount) }),
  };
}

function withoutAge({ maxCount }: Limits): Limits {
  return maxCount === undefined ? {} : { maxCount };
}

interface Grounds {
  readonly table: RunTable;
  readonly wanted: WantedRuns;
  /** Differs from `wanted` while age is held. */
  readonly inForce: WantedRuns;
  readonly safe: ReadonlyMap<Chain, string>;
  readonly ageHold: AgeHold | undefined;
}

/** Asked in order; the first ground to keep the chain wins. */
function whyKept(chain: Chain, { table, wanted, inForce, safe, ageHold }: Grounds): Because | undefined {
  const run = newestOf(chain, wanted, table);
  if (run !== undefined) return { reason: 'Kept', sentence: `the policy wants run ${run}, which needs this chain` };
  const protection = safe.get(chain);
  if (protection !== undefined) return { reason: 'NewestVerifiedChain', sentence: protection };
  if (!ageHold) return undefined;
  const spared = newestOf(chain, inForce, table);
  if (spared === undefined) return undefined;
  return { reason: ageHold.reason, sentence: `run ${spared} stays: ${ageHold.sentence}` };
}

/** Newest run of a chain among those wanted. */
function newestOf(chain: Chain, { fellTo }: WantedRuns, { ids, ofChain }: RunTable): string | undefined {
  const run = ofChain.get(chain)?.runs.findLast((each) => fellTo[each] === fall.none);
  return run === undefined ? undefined : ids[run];
}

function whyRemoved(
  chain: Chain,
  { table, wanted, policy }: { table: RunTable; wanted: WantedRuns; policy: RetentionPolicy },
): Because {
  const newest = table.ofChain.get(chain)?.runs.at(-1) ?? -1;
  const limit =
    wanted.fellTo[newest] === fall.age
      ? `older than ${formatDuration(policy.maxAgeMs ?? 0)}`
      : `beyond the newest ${policy.maxCount ?? 0} restore points`;
  return { reason: 'Expired', sentence: `no run in it is wanted; its newest, ${table.ids[newest] ?? ''}, is ${limit}` };
}

interface Fates {
  readonly keep: readonly PlannedFate[];
  readonly remove: readonly PlannedFate[];
}

/** A policy under which not one chain would stay removes nothing: silence is never consent to delete. */
function leaveSomething(fates: Fates): Fates {
  if (fates.keep.length > 0 || fates.remove.length === 0) return fates;
  const because: Because = { reason: 'Kept', sentence: 'nothing else is left, and retention never empties a folder' };
  return { keep: fates.remove.map(({ chain }) => ({ chain, because })), remove: [] };
}

function heldOf(hold: AgeHold, count: number): Held[] {
  // That a suspended backup keeps what it has is no trouble until something would really have gone.
  if (hold.reason === 'Suspended' && count === 0) return [];
  return [{ reason: hold.reason, message: hold.sentence, count }];
}

function finish(
  draft: Fates & Pick<RetentionPlan, 'at' | 'held' | 'frozen'> & { table: RunTable; nextExpiryMs?: number | undefined },
): RetentionPlan {
  const { at, keep, remove, held, table, frozen, nextExpiryMs } = draft;
  const newest = newestRestorePoint(keep, table);
  return {
    at,
    keep,
    remove: remove.toReversed(),
    held,
    frozen,
    totals: { keep: totalOf(keep, table), remove: totalOf(remove, table) },
    ...(nextExpiryMs !== undefined && { nextExpiry: new Date(nextExpiryMs) }),
    ...(newest && { newest }),
  };
}
