import { newestFirst, type Chain } from '../chains/chains.ts';
import { eachOfMany, sortedInSteps, whole, type Steps } from '../steps.ts';
import { askAPerson } from './ask-a-person.ts';
import { holds, type AgeHold } from './holds.ts';
import { newestRestorePointInSteps } from './newest-restore-point.ts';
import type { Because, Held, PlannedFate, RetentionFacts, RetentionPlan, RetentionPolicy } from './plan.ts';
import { protectedChains } from './protected-chains.ts';
import { chainsAtOnce, runTableInSteps, type RunTable } from './run-table.ts';
import { keepSharedObjects } from './shared-objects.ts';
import { totalOf } from './totals.ts';
import { futureMs, wantedRuns, type Limits } from './wanted-runs.ts';
import { whyKept, whyRemoved } from './why.ts';

/**
 * Decides what stays and what goes. A restore point is a run: count, age and the rules of `keep` choose runs, a chain stays while one of
 * its runs is wanted and goes as a whole otherwise. The newest verified chain of each database always stays. Whatever is doubtful (a
 * manifest that cannot be read, an empty listing, a policy without a limit) removes nothing.
 */
export function planRetention(
  policy: RetentionPolicy,
  chains: readonly Chain[],
  facts: RetentionFacts,
  now: Date,
): RetentionPlan {
  return whole(planRetentionInSteps(policy, chains, facts, now));
}

/** The same of a folder with very many chains. */
export function* planRetentionInSteps(
  policy: RetentionPolicy,
  chains: readonly Chain[],
  facts: RetentionFacts,
  now: Date,
): Steps<RetentionPlan> {
  const at = earliest([now, facts.storeNow, policy.consent?.begun?.at]);
  const suspect = facts.suspect ?? new Set<string>();
  const table = yield* runTableInSteps(chains, suspect);
  const newestOnTop = yield* sortedInSteps(chains, newestFirst);
  const { frozen, ageHold } = holds(policy, facts, at);
  const limits = limitsOf(policy);
  if (frozen || !limits) {
    const keep = newestOnTop.map((chain) => ({ chain, because: frozen?.because ?? noLimit }));
    return yield* finish({
      at,
      keep,
      remove: [],
      held: frozen?.held ?? [],
      table,
      frozen: frozen !== undefined,
      policy,
    });
  }
  // The later of the two clocks says what is of the future, as the earlier one says what is old.
  const latestMs = Math.max(now.getTime(), facts.storeNow?.getTime() ?? 0);
  const wanted = yield* wantedRuns(table, limits, at.getTime(), latestMs);
  const inForce = ageHold ? yield* wantedRuns(table, withoutAge(limits), at.getTime(), latestMs) : wanted;
  const safe = yield* protectedChains(newestOnTop, suspect, new Date(latestMs + futureMs));
  const grounds = { table, wanted, inForce, safe, ageHold, limits };
  const keep: PlannedFate[] = [];
  const remove: PlannedFate[] = [];
  let heldByAge = 0;
  const decide = (chain: Chain): void => {
    const because = whyKept(chain, grounds);
    if (because) keep.push({ chain, because });
    else remove.push({ chain, because: whyRemoved(chain, grounds) });
    if (ageHold && because?.reason === ageHold.reason) heldByAge += 1;
  };
  yield* eachOfMany(newestOnTop, decide, chainsAtOnce);
  const settled = leaveSomething(yield* keepSharedObjects({ keep, remove }));
  const { held, ...asked } = yield* askAPerson(settled, policy, table);
  return yield* finish({
    at,
    ...asked,
    held: [...held, ...(ageHold ? heldOf(ageHold, heldByAge) : [])],
    table,
    frozen: false,
    policy,
    nextExpiryMs: ageHold ? undefined : wanted.nextExpiryMs,
  });
}

function earliest(times: readonly (Date | undefined)[]): Date {
  return new Date(Math.min(...times.filter((time) => time !== undefined).map(Number)));
}

const noLimit: Because = {
  reason: 'Kept',
  sentence: 'the policy sets no limit, so everything stays',
  words: ['no limit'],
};

/** Limits that make sense; undefined when there is none, or when one of them would keep nothing. What `keep` spares is no limit by itself. */
function limitsOf({ maxAgeMs, maxCount, keep, timeZone = 'UTC' }: RetentionPolicy): Limits | undefined {
  if (maxAgeMs === undefined && maxCount === undefined) return undefined;
  if (maxAgeMs !== undefined && !(maxAgeMs > 0)) return undefined;
  if (maxCount !== undefined && !(maxCount >= 1)) return undefined;
  return {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxCount !== undefined && { maxCount: Math.ceil(maxCount) }),
    ...(keep && { keep }),
    timeZone,
  };
}

function withoutAge({ maxAgeMs: _age, ...limits }: Limits): Limits {
  return limits;
}

interface Fates {
  readonly keep: readonly PlannedFate[];
  readonly remove: readonly PlannedFate[];
}

/** A policy under which not one chain would stay removes nothing: silence is never consent to delete. */
function leaveSomething(fates: Fates): Fates {
  if (fates.keep.length > 0 || fates.remove.length === 0) return fates;
  const because: Because = {
    reason: 'Kept',
    sentence: 'nothing else is left, and retention never empties a folder',
    words: ['nothing else is left'],
  };
  return { keep: fates.remove.map(({ chain }) => ({ chain, because })), remove: [] };
}

function heldOf(hold: AgeHold, count: number): Held[] {
  // That a suspended backup keeps what it has is no trouble until something would really have gone.
  if (hold.reason === 'Suspended' && count === 0) return [];
  return [{ reason: hold.reason, message: hold.sentence, count }];
}

function* finish(
  draft: Fates &
    Pick<RetentionPlan, 'at' | 'held' | 'frozen' | 'proposal'> & {
      policy: RetentionPolicy;
      table: RunTable;
      nextExpiryMs?: number | undefined;
    },
): Steps<RetentionPlan> {
  const { at, keep, remove, held, table, frozen, policy, nextExpiryMs, proposal } = draft;
  const newest = yield* newestRestorePointInSteps(keep, table);
  return {
    at,
    keep,
    remove: remove.toReversed(),
    held,
    frozen,
    deletePolicy: policy.deletePolicy ?? 'Delete',
    ...(proposal && { proposal }),
    totals: { keep: yield* totalOf(keep, table), remove: yield* totalOf(remove, table) },
    ...(nextExpiryMs !== undefined && { nextExpiry: new Date(nextExpiryMs) }),
    ...(newest && { newest }),
  };
}
