import { describe, expect, test } from 'vitest';
import { inAnHour, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** A probe and a look at the clock change nothing. */
export function probing(given: Given): void {
  const onlyIsThere = async (...there: string[]): Promise<void> => {
    expect(await keys(given.store, '')).toEqual(there);
    expect(await given.store.abortStaleUploads?.('', inAnHour())).toBeOneOf([0, undefined]);
  };

  describe('probing', () => {
    test.each(['', 'team/backup/', 'odd +%&"/'])('a probe of the folder %j leaves nothing behind', async (prefix) => {
      await given.store.probe(undefined, prefix);
      await onlyIsThere();
    });

    test('a probe where there is something leaves it as it is', async () => {
      const { entry } = await given.store.create('team/backup/a', text('x'));
      await given.store.probe(undefined, 'team/backup/');
      expect(await given.store.head('team/backup/a')).toEqual(entry);
      await onlyIsThere('team/backup/a');
    });

    test('probes of many at once do not meet', async () => {
      await Promise.all(Array.from({ length: 6 }, () => given.store.probe(undefined, 'team/')));
      await onlyIsThere();
    });

    test.each(['', 'team/'])(
      "the store's clock, asked below %j, is near the time it dates objects with",
      async (prefix) => {
        const { entry } = await given.store.create('dated', text('x'));
        const now = await given.store.now(undefined, prefix);
        expect(Math.abs(now.getTime() - entry.modifiedAt.getTime())).toBeLessThan(60_000);
        await onlyIsThere('dated');
      },
    );
  });
}
