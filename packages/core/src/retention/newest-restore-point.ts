import type { Chain } from '../chains/chains.ts';
import type { PlannedFate, RestorePoint } from './plan.ts';
import type { RunFacts } from './run-facts.ts';

/**
 * What a restore would bring back from what stays: the newest run with an artifact that a restore can reach. Of its databases the
 * first that is not `system` speaks for the run, because people ask for their data.
 */
export function newestRestorePoint(
  keep: readonly PlannedFate[],
  runs: ReadonlyMap<string, RunFacts>,
  suspect: ReadonlySet<string>,
): RestorePoint | undefined {
  let newest: { run: RunFacts; chain: Chain } | undefined;
  for (const { chain } of keep) {
    if (suspect.has(chain.id)) continue;
    const run = newestReachableRun(chain, runs);
    if (run && (!newest || isBetter({ run, chain }, newest))) newest = { run, chain };
  }
  if (!newest) return undefined;
  const { run, chain } = newest;
  const highestTx = highestReachableTx(chain);
  return { run: run.id, startedAt: new Date(run.startedMs), database: chain.database, chain: chain.id, highestTx };
}

function newestReachableRun(chain: Chain, runs: ReadonlyMap<string, RunFacts>): RunFacts | undefined {
  const entry = chain.entries.findLast((each) => !chain.lost.has(each));
  return entry && runs.get(entry.manifest.run);
}

function isBetter(a: { run: RunFacts; chain: Chain }, b: { run: RunFacts; chain: Chain }): boolean {
  if (a.run.id !== b.run.id) {
    return a.run.startedMs > b.run.startedMs || (a.run.startedMs === b.run.startedMs && a.run.id > b.run.id);
  }
  const [x, y] = [a.chain.database, b.chain.database];
  return (x === 'system') === (y === 'system') ? x < y : y === 'system';
}

function highestReachableTx(chain: Chain): number {
  let highest = 0;
  for (const entry of chain.entries) if (!chain.lost.has(entry)) highest = Math.max(highest, entry.manifest.highestTx);
  return highest;
}
