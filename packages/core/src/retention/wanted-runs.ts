import { keptByRules, restorableStarts, type KeptByRules } from './kept-by-rules.ts';
import type { KeepRules } from './plan.ts';
import type { Steps } from '../steps.ts';
import type { RunTable } from './run-table.ts';

/** Limits that are in force for a plan; without one, nothing falls to it. */
export interface Limits {
  readonly maxAgeMs?: number;
  readonly maxCount?: number;
  /** Picks runs that stay although they fell. */
  readonly keep?: KeepRules;
  readonly timeZone: string;
}

/** The limit that a run fell to; `none` for one within them, `spared` for one that fell and that a rule keeps. */
export const fall = { none: 0, age: 1, count: 2, spared: 3 } as const;

export interface WantedRuns {
  /** One of `fall` for each run of the table. */
  readonly fellTo: Uint8Array;
  /** When the first run that is wanted now expires by age. */
  readonly nextExpiryMs: number | undefined;
  readonly kept: KeptByRules;
}

/** Clocks of pods and stores differ a little; a run that started later than that after now says nothing about when it was. */
export const futureMs = 3_600_000;

/**
 * Count, age and the rules of `keep` choose runs. A run that no restore can reach takes no place in a count: it must not push out one that
 * can be restored. Neither does one from the future, which a wrong clock would have left on top for ever. Runs that started in the same
 * millisecond as the last that counts are kept as well.
 */
export function* wantedRuns(
  table: RunTable,
  limits: Limits,
  nowMs: number,
  latestMs: number = nowMs,
): Steps<WantedRuns> {
  const { maxAgeMs, maxCount, keep = {}, timeZone } = limits;
  const starts = yield* restorableStarts(table, latestMs + futureMs);
  const kept = yield* keptByRules(starts, keep, timeZone);
  const hasOlder = maxCount !== undefined && starts.length > maxCount;
  const oldestCounted = hasOlder ? (starts[starts.length - maxCount] ?? -Infinity) : -Infinity;
  const bornAfter = maxAgeMs === undefined ? -Infinity : nowMs - maxAgeMs;
  const fellTo = new Uint8Array(table.ids.length);
  let oldestWanted = Infinity;
  for (let run = 0; run < fellTo.length; run++) {
    const agedFrom = table.agedFromMs[run] ?? Infinity;
    const started = table.startedMs[run] ?? Infinity;
    const spared = kept.size > 0 && kept.has(started) && table.restorable[run] === 1;
    if (agedFrom <= bornAfter) fellTo[run] = spared ? fall.spared : fall.age;
    else if (started < oldestCounted) fellTo[run] = spared ? fall.spared : fall.count;
    else if (!spared) oldestWanted = Math.min(oldestWanted, agedFrom);
    if (run % runsOfStep === 0) yield;
  }
  const expires = maxAgeMs !== undefined && oldestWanted < Infinity;
  return { fellTo, nextExpiryMs: expires ? oldestWanted + maxAgeMs : undefined, kept };
}

const runsOfStep = 8_192;

/** Whether a run with this fall is wanted. */
export function isWanted(fell: number | undefined): boolean {
  return fell === fall.none || fell === fall.spared;
}
