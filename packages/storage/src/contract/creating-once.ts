import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { content, keys, stream, text } from './contents.ts';
import type { Given } from './given.ts';

/** A key is written once, by one writer, or not at all. */
export function creatingOnce(given: Given): void {
  describe('creating once', () => {
    test('an existing key is never overwritten, and the answer describes what is there', async () => {
      await given.store.create('key', text('first'));
      for (const body of [text('second'), stream([text('third, longer')])]) {
        const again = await given.store.create('key', body);
        expect(again.created).toBe(false);
        expect(again.digest).toBeUndefined();
        expect(again.entry).toMatchObject({ key: 'key', bytes: 5 });
      }
      expect(await content(given.store, 'key')).toEqual(text('first'));
    });

    test('of many simultaneous writers of one key exactly one wins, and its content stays', async () => {
      const bodies = Array.from({ length: 8 }, (_, index) => text(`writer ${index}`));
      const answers = await Promise.all(bodies.map((body) => given.store.create('race', body)));
      const winners = answers.flatMap(({ created }, index) => (created ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await content(given.store, 'race')).toEqual(bodies[winners[0] ?? -1]);
    });

    test('a body that fails leaves nothing, and its own error comes out', async () => {
      async function* failing(): AsyncIterable<Uint8Array> {
        yield randomBytes(10);
        throw new Error('the disk of the source is gone');
      }
      await expect(given.store.create('half/written', failing())).rejects.toThrow('the disk of the source is gone');
      expect(await given.store.head('half/written')).toBeUndefined();
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('a write that is aborted leaves nothing', async () => {
      const abort = new AbortController();
      async function* aborting(): AsyncIterable<Uint8Array> {
        yield randomBytes(10);
        abort.abort(new Error('told to stop'));
        yield randomBytes(10);
      }
      await expect(given.store.create('aborted', aborting(), { signal: abort.signal })).rejects.toThrow('told to stop');
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('an object that was removed can be written again', async () => {
      await given.store.create('key', text('first'));
      await given.store.remove('key');
      expect((await given.store.create('key', text('second'))).created).toBe(true);
      expect(await content(given.store, 'key')).toEqual(text('second'));
    });
  });
}
