import type { PlannedFate, Total } from './plan.ts';
import { eachOfMany, type Steps } from '../steps.ts';
import type { RunTable } from './run-table.ts';

/** Sums up one list of a plan. */
export function* totalOf(fates: readonly PlannedFate[], table: RunTable): Steps<Total> {
  const touched = new Uint8Array(table.ids.length);
  let [artifacts, bytes, runs] = [0, 0, 0];
  yield* eachOfMany(fates, ({ chain }) => {
    artifacts += chain.entries.length;
    bytes += chain.bytes;
    for (const run of table.ofChain.get(chain)?.runs ?? []) {
      runs += touched[run] === 1 ? 0 : 1;
      touched[run] = 1;
    }
  });
  return { chains: fates.length, artifacts, runs, bytes };
}
