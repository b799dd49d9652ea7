import type { RunFacts } from './run-facts.ts';

/** Limits that are in force for this plan. */
export interface Limits {
  /** Absent when age removes nothing, for want of a limit or because something holds it. */
  readonly maxAgeMs?: number;
  readonly maxCount?: number;
}

/** The runs a policy wants. */
export interface WantedRuns {
  has(run: string): boolean;
  /** Which limit a run fell to; undefined for a run that is wanted. */
  fellTo(run: string): 'age' | 'count' | undefined;
  readonly nextExpiryMs: number | undefined;
}

/**
 * Count and age choose runs. A run that no restore can reach takes no place in the count: it must not push out one that can be
 * restored. Runs that started in the same millisecond as the last that counts are kept as well.
 */
export function wantedRuns(runs: ReadonlyMap<string, RunFacts>, limits: Limits, nowMs: number): WantedRuns {
  const oldestCounted = limits.maxCount === undefined ? -Infinity : startOfOldestCounted(runs, limits.maxCount);
  const bornAfter = limits.maxAgeMs === undefined ? -Infinity : nowMs - limits.maxAgeMs;
  const fellTo = (id: string): 'age' | 'count' | undefined => {
    const run = runs.get(id);
    if (!run) return 'count';
    if (run.agedFromMs <= bornAfter) return 'age';
    return run.startedMs < oldestCounted ? 'count' : undefined;
  };
  return {
    has: (id) => fellTo(id) === undefined,
    fellTo,
    nextExpiryMs: limits.maxAgeMs === undefined ? undefined : earliestExpiry(runs, limits.maxAgeMs, fellTo),
  };
}

/** Numbers sort many times faster than runs do, and only the cut matters. */
function startOfOldestCounted(runs: ReadonlyMap<string, RunFacts>, maxCount: number): number {
  const starts = new Float64Array(runs.size);
  let length = 0;
  for (const run of runs.values()) if (run.restorable) starts[length++] = run.startedMs;
  if (length <= maxCount) return -Infinity;
  return starts.subarray(0, length).sort()[length - maxCount] ?? -Infinity;
}

function earliestExpiry(
  runs: ReadonlyMap<string, RunFacts>,
  maxAgeMs: number,
  fellTo: (id: string) => unknown,
): number | undefined {
  let earliest = Infinity;
  for (const run of runs.values()) {
    if (run.agedFromMs + maxAgeMs < earliest && fellTo(run.id) === undefined) earliest = run.agedFromMs + maxAgeMs;
  }
  return earliest === Infinity ? undefined : earliest;
}
