import * as fc from 'fast-check';
import { anEntry } from './an-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

const databases = ['system', 'orders', 'stock'] as const;
const makes = ['full', 'diff', 'diff', 'empty', 'nothing'] as const;

/**
 * For property tests: what an engine could have left behind. Each run makes, for each database, a FULL, a DIFF on the latest artifact
 * that carries something, an empty DIFF, or nothing at all.
 * @param hours when it begins, and the time from one run to the next
 */
export function aHistory(hours: Hours = { begin: fc.constant(0), apart: fc.integer({ min: 1, max: 48 }) }): History {
  const ofRun = fc.record({
    hoursLater: hours.apart,
    touchedLater: fc.integer({ min: 0, max: 30 }),
    made: fc.tuple(...databases.map(() => fc.constantFrom(...makes))),
    commits: fc.integer({ min: 1, max: 5 }),
  });
  return fc.tuple(hours.begin, fc.array(ofRun, { maxLength: 12 })).map(([begin, runs]) => play(begin, runs));
}

type History = fc.Arbitrary<readonly CatalogueEntry[]>;

interface Hours {
  readonly begin: fc.Arbitrary<number>;
  readonly apart: fc.Arbitrary<number>;
}

interface Latest {
  readonly artifact: string;
  readonly chain: string;
  readonly highest: number;
}

function play(
  begin: number,
  runs: readonly { hoursLater: number; touchedLater: number; made: readonly string[]; commits: number }[],
): readonly CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  const latest = new Map<string, Latest>();
  let hour = begin;
  for (const { hoursLater, touchedLater, made, commits } of runs) {
    hour += hoursLater;
    for (const [index, database] of databases.entries()) {
      const what = made[index];
      const before = latest.get(database);
      const about = { artifact: `${database}-${hour}`, database, hour, modifiedHour: hour + touchedLater };
      if (what === 'nothing') continue;
      if (what === 'full' || !before) {
        const highest = (before?.highest ?? 0) + commits;
        entries.push(anEntry({ ...about, tx: [1, highest] }));
        latest.set(database, { artifact: about.artifact, chain: about.artifact, highest });
      } else if (what === 'empty') {
        entries.push(anEntry({ ...about, chain: before.chain, parent: before.artifact, tx: [0, 0] }));
      } else {
        const highest = before.highest + commits;
        entries.push(
          anEntry({ ...about, chain: before.chain, parent: before.artifact, tx: [before.highest + 1, highest] }),
        );
        latest.set(database, { artifact: about.artifact, chain: before.chain, highest });
      }
    }
  }
  return entries;
}
