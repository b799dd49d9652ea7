import type { Chain } from '../chains/chains.ts';
import type { PlannedFate, RestorePoint } from './plan.ts';
import type { RunTable } from './run-table.ts';

/**
 * What a restore would bring back from what stays: the newest run with an artifact that a restore can reach. Of its databases the
 * first that is not `system` speaks for the run, because people ask for their data.
 */
export function newestRestorePoint(keep: readonly PlannedFate[], table: RunTable): RestorePoint | undefined {
  let newest: Candidate | undefined;
  for (const { chain } of keep) {
    const run = table.ofChain.get(chain)?.newestRestorable;
    if (run === undefined) continue;
    const candidate = { chain, id: table.ids[run] ?? '', startedMs: table.startedMs[run] ?? 0 };
    if (!newest || isBetter(candidate, newest)) newest = candidate;
  }
  if (!newest) return undefined;
  const { chain, id, startedMs } = newest;
  const highestTx = highestReachableTx(chain);
  return { run: id, startedAt: new Date(startedMs), database: chain.database, chain: chain.id, highestTx };
}

interface Candidate {
  readonly chain: Chain;
  readonly id: string;
  readonly startedMs: number;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.id !== b.id) return a.startedMs > b.startedMs || (a.startedMs === b.startedMs && a.id > b.id);
  const [x, y] = [a.chain.database, b.chain.database];
  return (x === 'system') === (y === 'system') ? x < y : y === 'system';
}

function highestReachableTx(chain: Chain): number {
  let highest = 0;
  for (const entry of chain.entries) if (!chain.lost.has(entry)) highest = Math.max(highest, entry.manifest.highestTx);
  return highest;
}
