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
const together = 20;
const groups = Array.from({ length: Math.ceil(count / together) }, (_, index) => first + index * together);

describe('whatever happens, the promises are kept', () => {
  test.each(groups)('from seed %i', async (from) => {
    for (let seed = from; seed < Math.min(from + together, first + count); seed += 1) {
      const story = aStory(seed);
      const { violations } = await tell(story);
      if (violations[0]) expect.fail(await report(seed, violations));
    }
  });
});

test('a seed tells the same story each time', async () => {
  expect(await tell(aStory(first))).toEqual(await tell(aStory(first)));
});

async function report(seed: number, violations: readonly string[]): Promise<string> {
  const smallest = await shrink(aStory(seed), violations[0]?.split(' ')[0] ?? '');
  return [
    ...violations.slice(0, 10),
    `tell it again: HOLDFAST_SEED=${seed} vitest run --project properties`,
    `the smallest story found: ${JSON.stringify(smallest, undefined, 1)}`,
    ...(await tell(smallest)).violations.slice(0, 10),
  ].join('\n');
}
