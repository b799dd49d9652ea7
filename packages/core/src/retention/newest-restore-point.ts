import type { Chain } from '../chains/chains.ts';
import { eachOfMany, whole, type Steps } from '../steps.ts';
import type { PlannedFate, RestorePoint } from './plan.ts';
import type { RunTable } from './run-table.ts';

/**
 * What a restore would bring back from what stays: the newest run with an artifact that a restore can reach. Of its databases the
 * first that is not `system` speaks for the run, because people ask for their data.
 */
export function* newestRestorePointInSteps(
  keep: readonly PlannedFate[],
  table: RunTable,
): Steps<RestorePoint | undefined> {
  const best: { candidate?: Candidate } = {};
  yield* eachOfMany(keep, ({ chain }) => {
    const run = table.ofChain.get(chain)?.newestRestorable;
    if (run === undefined) return;
    const candidate = { chain, id: table.ids[run] ?? '', startedMs: table.startedMs[run] ?? 0 };
    if (!best.candidate || isBetter(candidate, best.candidate)) best.candidate = candidate;
  });
  if (!best.candidate) return undefined;
  const { chain, id, startedMs } = best.candidate;
  const highestTx = highestReachableTx(chain);
  return { run: id, startedAt: new Date(startedMs), database: chain.database, chain: chain.id, highestTx };
}

/** The same at once. */
export function newestRestorePoint(keep: readonly PlannedFate[], table: RunTable): RestorePoint | undefined {
  return whole(newestRestorePointInSteps(keep, table));
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
