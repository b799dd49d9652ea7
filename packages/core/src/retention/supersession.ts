import type { Chain } from '../chains/chains.ts';
import { eachOfMany, sortedInSteps, type Steps } from '../steps.ts';
import { WideMap } from '../wide-map.ts';
import { chainsAtOnce } from './run-table.ts';

/** What the chains of one database say of an object that no manifest names. */
export interface Supersession {
  /** Artifacts that are somebody's parent, and names of chains. */
  readonly parents: Pick<WideMap<true>, 'has'>;
  readonly chains: Pick<WideMap<true>, 'has'>;
  /** Start of the newest FULL whose chain is whole. */
  readonly newestWholeMs: number;
  /** Whether a chain that had begun at a time was extended then or later. */
  mayReach(atMs: number): boolean;
}

/** Sums up the chains of each database once: there may be as many objects to ask about as there are chains. */
export function* supersession(all: readonly Chain[]): Steps<(database: string) => Supersession> {
  const found = new Map<string, Chain[]>();
  yield* eachOfMany(all, (chain) => {
    const known = found.get(chain.database);
    if (known) known.push(chain);
    else found.set(chain.database, [chain]);
  });
  const summed = new Map<string, Supersession>();
  for (const [database, chains] of found) summed.set(database, yield* ofDatabase(chains));
  return (database) => summed.get(database) ?? nothing;
}

const nothing: Supersession = {
  parents: new WideMap<true>(),
  chains: new WideMap<true>(),
  newestWholeMs: Number.NEGATIVE_INFINITY,
  mayReach: () => false,
};

function* ofDatabase(all: readonly Chain[]): Steps<Supersession> {
  const [parents, chains] = [new WideMap<true>(), new WideMap<true>()];
  const spans: Span[] = [];
  let newestWholeMs = Number.NEGATIVE_INFINITY;
  yield* eachOfMany(
    all,
    ({ full, entries, verified }) => {
      // Without its FULL nobody knows when it began.
      const beginMs = full ? Date.parse(full.manifest.startTime) : Number.NEGATIVE_INFINITY;
      let extendedMs = Number.NEGATIVE_INFINITY;
      for (const { manifest } of entries) {
        if (manifest.parent !== undefined) parents.set(manifest.parent, true);
        chains.set(manifest.chain, true);
        if (manifest.type === 'DIFF') extendedMs = Math.max(extendedMs, Date.parse(manifest.completionTime));
      }
      spans.push({ beginMs, extendedMs });
      if (full && verified) newestWholeMs = Math.max(newestWholeMs, beginMs);
    },
    chainsAtOnce,
  );
  const sorted = yield* sortedInSteps(spans, (a, b) => a.beginMs - b.beginMs || a.extendedMs - b.extendedMs);
  const latest = new Float64Array(sorted.length);
  let latestMs = Number.NEGATIVE_INFINITY;
  yield* eachOfMany(sorted, ({ extendedMs }, index) => {
    latestMs = Math.max(latestMs, extendedMs);
    latest[index] = latestMs;
  });
  return {
    parents,
    chains,
    newestWholeMs,
    mayReach: (atMs) => (latest[begunBy(sorted, atMs) - 1] ?? -Infinity) >= atMs,
  };
}

interface Span {
  readonly beginMs: number;
  readonly extendedMs: number;
}

/** How many had begun. */
function begunBy(sorted: readonly Span[], atMs: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.beginMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
