import { describe, expect, test } from 'vitest';
import { below } from '../below.ts';
import { content, isBackupError, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** A store below a folder is a store of its own. */
export function belowAFolder(given: Given): void {
  describe('below a folder', () => {
    test('a store sees only what is in it, under its own names', async () => {
      const folder = below(given.store, 'team/orders');
      await given.store.create('team/orders-2/a', text('foreign'));
      await given.store.create('outside', text('foreign'));
      const { entry } = await folder.create('a/b', text('own'));
      expect(entry.key).toBe('a/b');
      expect(await folder.head('a/b')).toEqual(entry);
      expect(await keys(folder, '')).toEqual(['a/b']);
      expect(await content(folder, 'a/b')).toEqual(text('own'));
      expect(await folder.removeMany(['a/b', 'c'])).toEqual([{ key: 'a/b' }, { key: 'c' }]);
      await folder.probe();
      expect(await keys(given.store, '')).toEqual(['outside', 'team/orders-2/a']);
    });

    test('nothing outside can be named', async () => {
      const folder = below(given.store, 'team/orders');
      await given.store.create('team/secret', text('foreign'));
      await expect(folder.remove('../secret').catch(isBackupError)).resolves.toBe(true);
      await expect(folder.read('../secret').catch(isBackupError)).resolves.toBe(true);
      expect(() => below(given.store, 'team/../..')).toThrow('no usable prefix');
      expect(await keys(given.store, '')).toEqual(['team/secret']);
    });
  });
}
