import { describe, expect, test } from 'vitest';
import { entries, keys, mebibyte, text } from './contents.ts';
import type { Given } from './given.ts';

/** A call that nobody waits for any more throws the reason. */
export function stopping(given: Given): void {
  const reason = new Error('not needed any more');
  const signal = AbortSignal.abort(reason);

  describe('stopping', () => {
    test.each([
      ['head', () => given.store.head('key', signal)],
      ['read', () => given.store.read('key', { signal })],
      ['create', () => given.store.create('other', text('x'), { signal })],
      ['copy', () => given.store.copy('key', 'other', { signal })],
      ['list', () => entries(given.store, '', signal)],
      ['remove', () => given.store.remove('key', signal)],
      ['removeMany', () => given.store.removeMany(['key'], signal)],
      ['probe', () => given.store.probe(signal)],
      ['now', () => given.store.now(signal)],
    ])('a %s that was told to stop beforehand throws the reason, and changes nothing', async (_, call) => {
      await given.store.create('key', text('x'));
      await expect(call()).rejects.toBe(reason);
      expect(await keys(given.store, '')).toEqual(['key']);
    });

    test('a read that is told to stop in the middle throws the reason', async () => {
      await given.store.create('long', Buffer.alloc(12 * mebibyte));
      const abort = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const _ of (await given.store.read('long', { signal: abort.signal })) ?? []) abort.abort(reason);
      };
      await expect(reading()).rejects.toBe(reason);
      expect((await given.store.head('long'))?.bytes).toBe(12 * mebibyte);
    });
  });
}
