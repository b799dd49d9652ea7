import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { content, keys, mebibyte, text } from './contents.ts';
import type { Given } from './given.ts';
import { oddNames } from './naming.ts';
import { needing } from './needing.ts';

/** What was named goes, and nothing else. */
export function removing(given: Given): void {
  describe('removing', () => {
    test('what was removed is neither listed nor told nor read', async () => {
      await given.store.create('run/gone', text('x'));
      await given.store.remove('run/gone');
      expect(await given.store.head('run/gone')).toBeUndefined();
      expect(await given.store.read('run/gone')).toBeUndefined();
      expect(await keys(given.store, 'run/')).toEqual([]);
    });

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

    test('a key below an object that is no folder is absent', async () => {
      await given.store.create('file', text('x'));
      await given.store.remove('file/below');
      expect(await given.store.removeMany(['file/below'])).toEqual([{ key: 'file/below' }]);
      expect(await content(given.store, 'file')).toEqual(text('x'));
    });

    test('only the keys that were named go', async () => {
      for (const key of ['a/b', 'a/bc', 'ab', 'a.b']) await given.store.create(key, text(key));
      await given.store.remove('a/b');
      expect(await keys(given.store, '')).toEqual(['a.b', 'a/bc', 'ab']);
    });

    test('the name of a folder removes nothing of what is in it', async () => {
      await given.store.create('folder/file', text('x'));
      await given.store.remove('folder').catch(() => undefined);
      await given.store.removeMany(['folder']);
      expect(await keys(given.store, '')).toEqual(['folder/file']);
    });

    test('a key that is named twice goes, and is answered twice', async () => {
      await given.store.create('twice', text('x'));
      expect(await given.store.removeMany(['twice', 'twice'])).toEqual([{ key: 'twice' }, { key: 'twice' }]);
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('odd names go together, each answered under its own', async () => {
      const odd = oddNames.map((name) => `odd/${name}`);
      for (const key of [...odd, 'odd/kept']) await given.store.create(key, text(key));
      expect(await given.store.removeMany(odd)).toEqual(odd.map((key) => ({ key })));
      expect(await keys(given.store, '')).toEqual(['odd/kept']);
    });

    const removedByTwo = async () => {
      const names = Array.from({ length: 20 }, (_, at) => `both/${at}`);
      for (const key of names) await given.store.create(key, text(key));
      const answers = await Promise.all([given.store.removeMany(names), given.store.removeMany(names.toReversed())]);
      return answers.flat().filter(({ error }) => error);
    };
    needing(given, 'removeTogether')(
      'of two that remove the same keys at once neither fails',
      async () => {
        expect(await removedByTwo()).toEqual([]);
        expect(await keys(given.store, '')).toEqual([]);
      },
      async () => {
        const undecided = await removedByTwo();
        expect(undecided.map(({ error }) => error?.fate)).toEqual(undecided.map(() => 'transient'));
        const again = undecided.map(({ key }) => key);
        expect(await given.store.removeMany(again)).toEqual(again.map((key) => ({ key })));
        expect(await keys(given.store, '')).toEqual([]);
      },
    );

    test('what has several parts goes whole, and its key is free', async () => {
      await given.store.create('large', randomBytes(9 * mebibyte));
      await given.store.remove('large');
      expect(await given.store.create('large', text('next'))).toMatchObject({ created: true, entry: { bytes: 4 } });
    });
  });
}
