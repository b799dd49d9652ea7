import { expect, test } from 'vitest';
import { mistakes } from './mutations.ts';
import { aStory } from './story.ts';
import { tell } from './tell.ts';

/* The judges are awake: a product that is broken on purpose is caught, and the same stories without the mistake break nothing. */

test.each(mistakes)('$name is caught in ten stories of ten', { tags: ['long'] }, async (mistake) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const story = mistake.meeting(aStory(seed));
    const { violations } = await tell(story, mistake.mutation);
    const rules = violations.map((violation) => violation.split(' ')[0]);
    expect(rules, `seed ${seed}: ${violations.join('\n')}`).toEqual(
      expect.arrayContaining([expect.toBeOneOf([...mistake.breaks])]),
    );
    expect((await tell(story)).violations, `seed ${seed} without the mistake`).toEqual([]);
  }
});
