import type { PlannedFate, Total } from './plan.ts';

/** Sums up one list of a plan. */
export function totalOf(fates: readonly PlannedFate[]): Total {
  const runs = new Set<string>();
  let artifacts = 0;
  let bytes = 0;
  for (const { chain } of fates) {
    artifacts += chain.entries.length;
    bytes += chain.bytes;
    for (const run of chain.runs) runs.add(run);
  }
  return { chains: fates.length, artifacts, runs: runs.size, bytes };
}
