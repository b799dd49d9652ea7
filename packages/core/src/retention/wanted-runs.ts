import type { RunTable } from './run-table.ts';

/** Limits that are in force for a plan; without one, nothing falls to it. */
export interface Limits {
  readonly maxAgeMs?: number;
  readonly maxCount?: number;
}

/** The limit that a run fell to; `none` for one that is wanted. */
export const fall = { none: 0, age: 1, count: 2 } as const;

export interface WantedRuns {
  /** One of `fall` for each run of the table. */
  readonly fellTo: Uint8Array;
  /** When the first run that is wanted now expires by age. */
  readonly nextExpiryMs: number | undefined;
}

/**
 * Count and age choose runs. A run that no restore can reach takes no place in the count: it must not push out one that can be
 * restored. Runs that started in the same millisecond as the last that counts are kept as well.
 */
export function wantedRuns(table: RunTable, limits: Limits, nowMs: number): WantedRuns {
  const { maxAgeMs, maxCount } = limits;
  const oldestCounted = maxCount === undefined ? -Infinity : startOfOldestCounted(table, maxCount);
  const bornAfter = maxAgeMs === undefined ? -Infinity : nowMs - maxAgeMs;
  const fellTo = new Uint8Array(table.ids.length);
  let oldestWanted = Infinity;
  for (let run = 0; run < fellTo.length; run++) {
    const agedFrom = table.agedFromMs[run] ?? Infinity;
    if (agedFrom <= bornAfter) fellTo[run] = fall.age;
    else if ((table.startedMs[run] ?? Infinity) < oldestCounted) fellTo[run] = fall.count;
    else oldestWanted = Math.min(oldestWanted, agedFrom);
  }
  const expires = maxAgeMs !== undefined && oldestWanted < Infinity;
  return { fellTo, nextExpiryMs: expires ? oldestWanted + maxAgeMs : undefined };
}

/** Only the cut matters, and plain numbers sort many times faster than runs. */
function startOfOldestCounted({ startedMs, restorable }: RunTable, maxCount: number): number {
  const starts = startedMs.filter((_, run) => restorable[run] === 1);
  return starts.length <= maxCount ? -Infinity : (starts.sort()[starts.length - maxCount] ?? -Infinity);
}
