import type { Chain } from '../chains/chains.ts';

/**
 * The chain of each database that no policy removes, with the sentence that says so: the newest verified one. A database that has
 * none keeps the newest chain that still has its FULL, because that is then all a restore could use.
 */
export function protectedChains(newestOnTop: readonly Chain[], suspect: ReadonlySet<string>): Map<Chain, string> {
  const best = new Map<string, { chain: Chain; grade: number }>();
  for (const chain of newestOnTop) {
    const grade = gradeOf(chain, suspect);
    const known = best.get(chain.database);
    if (grade > (known?.grade ?? 0)) best.set(chain.database, { chain, grade });
  }
  return new Map([...best.values()].map(({ chain, grade }) => [chain, sentenceOf(chain, grade)]));
}

const verified = 3;
const partlyRestorable = 2;
const hasFull = 1;

function gradeOf(chain: Chain, suspect: ReadonlySet<string>): number {
  if (!chain.full) return 0;
  if (suspect.has(chain.id) || chain.lost.has(chain.full)) return hasFull;
  return chain.verified ? verified : partlyRestorable;
}

function sentenceOf({ database }: Chain, grade: number): string {
  if (grade === verified) return `it is the newest verified chain of ${database}`;
  return `no chain of ${database} is verified, and this is the newest one that still has its FULL`;
}
