import { keptByRules, type KeptByRules } from './kept-by-rules.ts';
import type { KeepRules } from './plan.ts';
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
export function wantedRuns(table: RunTable, limits: Limits, nowMs: number, latestMs = nowMs): WantedRuns {
  const { maxAgeMs, maxCount, keep = {}, timeZone } = limits;
  const untilMs = latestMs + futureMs;
  const kept = keptByRules(table, keep, { timeZone, untilMs });
  const oldestCounted = maxCount === undefined ? -Infinity : startOfOldestCounted(table, maxCount, untilMs);
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
  }
  const expires = maxAgeMs !== undefined && oldestWanted < Infinity;
  return { fellTo, nextExpiryMs: expires ? oldestWanted + maxAgeMs : undefined, kept };
}

/** Whether a run with this fall is wanted. */
export function isWanted(fell: number | undefined): boolean {
  return fell === fall.none || fell === fall.spared;
}

/** Only the cut matters, and plain numbers sort many times faster than runs. */
function startOfOldestCounted({ startedMs, restorable }: RunTable, maxCount: number, untilMs: number): number {
  const starts = startedMs.filter((start, run) => restorable[run] === 1 && start <= untilMs);
  return starts.length <= maxCount ? -Infinity : (starts.sort()[starts.length - maxCount] ?? -Infinity);
}
