import { describe, expect, test } from 'vitest';
import { entries, isBackupError, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** Keys and prefixes that could mean something else, and calls that nobody waits for. */
export function refusing(given: Given): void {
  describe('refusing', () => {
    test.each(['', '/', '/absolute', 'a//b', 'a/', './a', '../a', 'a/../b', 'a/..', 'back\\slash', 'new\nline'])(
      'the key %j is refused by every call',
      async (key) => {
        const calls = [
          () => given.store.head(key),
          () => given.store.read(key),
          () => given.store.create(key, text('x')),
          () => given.store.remove(key),
          () => given.store.removeMany(['fine', key]),
        ];
        for (const call of calls) await expect(call().catch(isBackupError)).resolves.toBe(true);
        expect(await keys(given.store, '')).toEqual([]);
      },
    );

    test.each(['no-slash', '/', '../', 'a/../', 'a//'])('the prefix %j is refused', async (prefix) => {
      await expect(keys(given.store, prefix).catch(isBackupError)).resolves.toBe(true);
    });

    test('a call that was aborted beforehand throws the reason', async () => {
      const reason = new Error('not needed any more');
      const signal = AbortSignal.abort(reason);
      await given.store.create('key', text('x'));
      await expect(given.store.head('key', signal)).rejects.toBe(reason);
      await expect(given.store.read('key', { signal })).rejects.toBe(reason);
      await expect(given.store.create('other', text('x'), { signal })).rejects.toBe(reason);
      await expect(given.store.remove('key', signal)).rejects.toBe(reason);
      await expect(given.store.removeMany(['key'], signal)).rejects.toBe(reason);
      await expect(given.store.probe(signal)).rejects.toBe(reason);
      await expect(given.store.now(signal)).rejects.toBe(reason);
      await expect(entries(given.store, '', signal)).rejects.toBe(reason);
      expect(await keys(given.store, '')).toEqual(['key']);
    });
  });
}
