import { describe, expect, test } from 'vitest';
import { keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** What was named goes, and nothing else. */
export function removing(given: Given): void {
  describe('removing', () => {
    test('an absent key is fine, alone and among others', async () => {
      await given.store.create('here', text('x'));
      await given.store.remove('absent');
      await given.store.remove('absent/deep/down');
      expect(await given.store.removeMany(['absent', 'here', 'absent/too'])).toEqual([
        { key: 'absent' },
        { key: 'here' },
        { key: 'absent/too' },
      ]);
      expect(await given.store.removeMany([])).toEqual([]);
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('only the keys that were named go', async () => {
      for (const key of ['a', 'a/b', 'a/bc', 'ab'].filter((key) => key !== 'a'))
        await given.store.create(key, text(key));
      await given.store.remove('a/b');
      expect(await keys(given.store, '')).toEqual(['a/bc', 'ab']);
    });
  });
}
