import type { Chain } from '../chains/chains.ts';
import { eachOfMany, whole, type Steps } from '../steps.ts';
import { WideMap } from '../wide-map.ts';

/**
 * The restore points: runs of the backup, across all its databases. A store may hold a million artifacts, so each run is a number
 * and what is known of it stands in columns.
 */
export interface RunTable {
  readonly ids: readonly string[];
  /** Start of each run; counting goes by it, because a copied bucket has new modification times in any order. */
  readonly startedMs: Float64Array;
  /** The later of its start and what the store says; age goes by it, so that a wrong clock of ours never makes a run old. */
  readonly agedFromMs: Float64Array;
  /** 1 where a restore can reach at least one of its artifacts. */
  readonly restorable: Uint8Array;
  readonly ofChain: ReadonlyMap<Chain, ChainRuns>;
}

/** The runs of one chain as numbers, oldest first. */
export interface ChainRuns {
  readonly runs: Int32Array;
  /** The last one that a restore can reach; absent when there is none. */
  readonly newestRestorable?: number;
}

/** Sums up the runs of all chains, in one pass. */
export function* runTableInSteps(chains: readonly Chain[], suspect: ReadonlySet<string>): Steps<RunTable> {
  const size = chains.reduce((sum, chain) => sum + chain.runs.length, 0);
  const [startedMs, agedFromMs] = [new Float64Array(size).fill(-Infinity), new Float64Array(size).fill(-Infinity)];
  const restorable = new Uint8Array(size);
  const numbers = new WideMap<number>();
  const ids: string[] = [];
  const ofChain = new Map<Chain, ChainRuns>();
  const numberOf = (id: string): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, ids.length);
    return ids.push(id) - 1;
  };
  yield* eachOfMany(
    chains,
    (chain) => {
      const trusted = !suspect.has(chain.id);
      const seen: number[] = [];
      let newestRestorable: number | undefined;
      for (const entry of chain.entries) {
        const run = numberOf(entry.manifest.run);
        const started = Date.parse(entry.manifest.startTime);
        startedMs[run] = Math.max(startedMs[run] ?? -Infinity, started);
        agedFromMs[run] = Math.max(agedFromMs[run] ?? -Infinity, started, entry.modifiedAt.getTime());
        seen.push(run);
        if (!trusted || chain.lost.has(entry)) continue;
        restorable[run] = 1;
        newestRestorable = run;
      }
      const runs = Int32Array.from(seen.length === chain.runs.length ? seen : new Set(seen));
      ofChain.set(chain, { runs, ...(newestRestorable !== undefined && { newestRestorable }) });
    },
    chainsAtOnce,
  );
  return {
    ids,
    startedMs: startedMs.subarray(0, ids.length),
    agedFromMs: agedFromMs.subarray(0, ids.length),
    restorable: restorable.subarray(0, ids.length),
    ofChain,
  };
}

/** Each of them may have many runs. */
export const chainsAtOnce = 16;

/** The same at once. */
export function runTable(chains: readonly Chain[], suspect: ReadonlySet<string>): RunTable {
  return whole(runTableInSteps(chains, suspect));
}
