import type { Chain } from '../chains/chains.ts';

/** A restore point: one run of the backup, across all its databases. */
export interface RunFacts {
  readonly id: string;
  /** Start of the run; counting goes by it, because a copied bucket has new modification times in any order. */
  startedMs: number;
  /** The later of its start and what the store says; age goes by it, so that a wrong clock of ours never makes a run old. */
  agedFromMs: number;
  /** Whether a restore can reach at least one of its artifacts. */
  restorable: boolean;
}

/** Sums up the runs of all chains, in one pass. */
export function runFacts(chains: readonly Chain[], suspect: ReadonlySet<string>): Map<string, RunFacts> {
  const runs = new Map<string, RunFacts>();
  for (const chain of chains) {
    const trusted = !suspect.has(chain.id);
    for (const entry of chain.entries) {
      const startedMs = Date.parse(entry.manifest.startTime);
      const agedFromMs = Math.max(startedMs, entry.modifiedAt.getTime());
      const restorable = trusted && !chain.lost.has(entry);
      const run = runs.get(entry.manifest.run);
      if (!run) {
        runs.set(entry.manifest.run, { id: entry.manifest.run, startedMs, agedFromMs, restorable });
        continue;
      }
      run.startedMs = Math.max(run.startedMs, startedMs);
      run.agedFromMs = Math.max(run.agedFromMs, agedFromMs);
      run.restorable ||= restorable;
    }
  }
  return runs;
}
