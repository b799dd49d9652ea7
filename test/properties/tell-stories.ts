import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shrink } from './shrink.ts';
import { aStory } from './story.ts';
import { tell } from './tell.ts';

/*
 * Schedules, policies, chain histories, faults and restarts by dice, played by the product's own watcher, workers, retention service
 * and agent over a cluster, a queue and a store in memory; judged at every event by rules written down a second time.
 *
 *   HOLDFAST_SEED=17 vitest run --project properties     tells one story again
 *   HOLDFAST_SEEDS=5000 vitest run --project properties  tells many
 */

const { HOLDFAST_SEED, HOLDFAST_SEEDS, CI } = process.env;
const first = Number(HOLDFAST_SEED ?? 1);
const count = HOLDFAST_SEED ? 1 : Number(HOLDFAST_SEEDS ?? (CI ? 500 : 60));

/** So many at a time: what one test tells, and one line of the report. */
const together = 20;

/**
 * Tells one file's share of the stories, and the first of them twice. They are shared by all files that are named like it, because a file has
 * one processor.
 */
export function tellStories(file: string): void {
  const files = readdirSync(dirname(file))
    .filter((name) => name.startsWith('stories-'))
    .toSorted();
  const starts = Array.from({ length: Math.ceil(count / together) }, (_, index) => first + index * together);
  const groups = starts.filter((_, index) => index % files.length === files.indexOf(basename(file)));

  describe.skipIf(groups.length === 0)('whatever happens, the promises are kept', () => {
    test.each(groups)('from seed %i', async (from) => {
      for (let seed = from; seed < Math.min(from + together, first + count); seed += 1) {
        const story = aStory(seed);
        const { violations } = await tell(story);
        if (violations[0]) expect.fail(await report(seed, violations));
      }
    });

    test('a seed tells the same story each time', async () => {
      const one = groups[0] ?? first;
      expect(await tell(aStory(one))).toEqual(await tell(aStory(one)));
    });
  });
}

async function report(seed: number, violations: readonly string[]): Promise<string> {
  const smallest = await shrink(aStory(seed), violations[0]?.split(' ')[0] ?? '');
  return [
    ...violations.slice(0, 10),
    `tell it again: HOLDFAST_SEED=${seed} vitest run --project properties`,
    `the smallest story found: ${JSON.stringify(smallest, undefined, 1)}`,
    ...(await tell(smallest)).violations.slice(0, 10),
  ].join('\n');
}
