import { describe, expect, test } from 'vitest';
import { inAnHour, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** A probe and a look at the clock change nothing. */
export function probing(given: Given): void {
  describe('probing', () => {
    test('a probe leaves nothing behind', async () => {
      await given.store.probe();
      await given.store.probe(undefined, 'team/backup/');
      expect(await keys(given.store, '')).toEqual([]);
      expect(await given.store.abortStaleUploads?.('', inAnHour())).toBeOneOf([0, undefined]);
    });

    test("the store's clock is near the time it dates objects with", async () => {
      const { entry } = await given.store.create('dated', text('x'));
      expect(Math.abs((await given.store.now()).getTime() - entry.modifiedAt.getTime())).toBeLessThan(60_000);
      expect(await keys(given.store, '')).toEqual(['dated']);
    });
  });
}
