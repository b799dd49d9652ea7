import type { Chain } from '../chains/chains.ts';
import { eachOfMany, type Steps } from '../steps.ts';

/** Why no policy removes a chain. */
export interface Protection {
  readonly sentence: string;
  readonly word: string;
}

/**
 * The chain of each database that no policy removes: the newest verified one. A database that has none keeps the newest chain that still
 * has its FULL, because that is then all a restore could use. Where the newest claims to have begun in the future, the newest that began
 * in the past stays as well: a clock that was wrong once must not make everything after it expendable.
 */
export function* protectedChains(
  newestOnTop: readonly Chain[],
  suspect: ReadonlySet<string>,
  latest: Date,
): Steps<Map<Chain, Protection>> {
  const past: Chain[] = [];
  yield* eachOfMany(newestOnTop, (chain) => {
    if (begunAt(chain) <= latest.getTime()) past.push(chain);
  });
  const protections = yield* bestOfEach(past, suspect);
  if (past.length === newestOnTop.length) return protections;
  return new Map([...protections, ...(yield* bestOfEach(newestOnTop, suspect))]);
}

/** A chain that was extended while the clock was wrong still restores to what it held before. */
function begunAt({ entries: [first] }: Chain): number {
  return Date.parse(first?.manifest.startTime ?? '');
}

function* bestOfEach(newestOnTop: readonly Chain[], suspect: ReadonlySet<string>): Steps<Map<Chain, Protection>> {
  const best = new Map<string, { chain: Chain; grade: number }>();
  yield* eachOfMany(newestOnTop, (chain) => {
    const grade = gradeOf(chain, suspect);
    const known = best.get(chain.database);
    if (grade > (known?.grade ?? 0)) best.set(chain.database, { chain, grade });
  });
  return new Map([...best.values()].map(({ chain, grade }) => [chain, protectionOf(chain, grade)]));
}

const verified = 3;
const partlyRestorable = 2;
const hasFull = 1;

function gradeOf(chain: Chain, suspect: ReadonlySet<string>): number {
  if (!chain.full) return 0;
  if (suspect.has(chain.id) || chain.lost.has(chain.full)) return hasFull;
  return chain.verified ? verified : partlyRestorable;
}

function protectionOf({ database }: Chain, grade: number): Protection {
  if (grade === verified)
    return { sentence: `it is the newest verified chain of ${database}`, word: 'newest verified chain' };
  const sentence = `no chain of ${database} is verified, and this is the newest one that still has its FULL`;
  return { sentence, word: 'newest chain with its FULL' };
}
