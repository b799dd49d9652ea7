import { describe, expect, test } from 'vitest';
import { keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** A listing is complete, and of its prefix alone; the largest has `many` objects. */
export function listing(given: Given, { many }: { many: number }): void {
  describe('listing', () => {
    test('a prefix with its slash separates a folder from its longer namesakes', async () => {
      for (const key of ['run/1', 'run/2/3', 'run-2/1', 'run.json', 'other']) await given.store.create(key, text(key));
      expect(await keys(given.store, 'run/')).toEqual(['run/1', 'run/2/3']);
      expect(await keys(given.store, 'run/2/')).toEqual(['run/2/3']);
      expect(await keys(given.store, '')).toHaveLength(5);
    });

    test('a listing of more than a page is complete', async () => {
      const names = Array.from({ length: many }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      await inGroups(names, 50, (key) => given.store.create(key, text(key)));
      expect(await keys(given.store, 'many/')).toEqual(names);
      const removals = await given.store.removeMany(names);
      expect(removals.map(({ key }) => key)).toEqual(names);
      expect(removals.filter(({ error }) => error)).toEqual([]);
      expect(await keys(given.store, '')).toEqual([]);
    });
  });
}

async function inGroups<T>(items: readonly T[], size: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map(work));
}
