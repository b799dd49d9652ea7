import { describe, expect, test } from 'vitest';
import { isBackupError, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** Keys and prefixes that could mean something else. */
export function refusing(given: Given): void {
  describe('refusing', () => {
    test.each([
      '',
      '/',
      '/absolute',
      'a//b',
      'a/',
      './a',
      '../a',
      'a/../b',
      'a/..',
      'a/.',
      '..',
      'back\\slash',
      'new\nline',
      'nul\0',
      'tab\t',
    ])('the key %j is refused by every call', async (key) => {
      await given.store.create('fine', text('x'));
      const calls = [
        () => given.store.head(key),
        () => given.store.read(key),
        () => given.store.create(key, text('x')),
        () => given.store.copy(key, 'elsewhere'),
        () => given.store.copy('fine', key),
        () => given.store.remove(key),
        () => given.store.removeMany(['fine', key]),
        ...(given.store.thaw ? [() => given.store.thaw?.(key, { copyTo: 'elsewhere', days: 1 })] : []),
      ];
      for (const call of calls) await expect(Promise.resolve(call()).catch(isBackupError)).resolves.toBe(true);
      expect(await keys(given.store, '')).toEqual(['fine']);
    });

    test('a key of more than 1024 characters is refused', async () => {
      const key = Array.from({ length: 11 }, () => 'x'.repeat(99)).join('/');
      await expect(given.store.create(key, text('x')).catch(isBackupError)).resolves.toBe(true);
      expect(await keys(given.store, '')).toEqual([]);
    });

    test.each(['no-slash', '/', '../', 'a/../', 'a//', 'a\\/'])('the prefix %j is refused', async (prefix) => {
      await expect(keys(given.store, prefix).catch(isBackupError)).resolves.toBe(true);
    });

    test('a refusal names the place and the key, and waits for a person', async () => {
      const failure: unknown = await given.store.head('../secret').catch((error: unknown) => error);
      expect(failure).toMatchObject({ fate: 'terminal' });
      expect(String(failure)).toContain(given.store.place);
      expect(String(failure)).toContain('"../secret"');
    });
  });
}
