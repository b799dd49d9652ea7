import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Created } from '../object-store.ts';
import { content, inAnHour, keys, mebibyte, stream, text, watched } from './contents.ts';
import type { Given } from './given.ts';
import { needing } from './needing.ts';

/** A key is written once, by one writer, or not at all. */
export function creatingOnce(given: Given): void {
  /** Also no part of an upload may stay, which nobody sees and somebody pays for. */
  const nothingIsThere = async (): Promise<void> => {
    expect(await keys(given.store, '')).toEqual([]);
    expect(await given.store.abortStaleUploads?.('', inAnHour())).toBeOneOf([0, undefined]);
  };

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

    test('several parts do not overwrite either, and leave none of themselves', async () => {
      await given.store.create('key', text('first'));
      const again = await given.store.create('key', randomBytes(9 * mebibyte));
      expect(again).toMatchObject({ created: false, entry: { key: 'key', bytes: 5 } });
      await given.store.remove('key');
      await nothingIsThere();
    });

    test('a source that is not wanted is not held', async () => {
      await given.store.create('key', text('first'));
      const { body, isHeld } = watched([randomBytes(9 * mebibyte), randomBytes(9 * mebibyte)]);
      expect((await given.store.create('key', body)).created).toBe(false);
      expect(isHeld()).toBe(false);
    });

    const manyAtOnce = async (): Promise<Created[]> => {
      const bodies = Array.from({ length: 8 }, (_, index) => text(`writer ${'.'.repeat(index)}`));
      const answers = await Promise.all(bodies.map((body) => given.store.create('race', body)));
      const there = await content(given.store, 'race');
      expect(bodies.filter((_, at) => answers[at]?.created)).toContainEqual(there);
      return answers;
    };
    needing(given, 'createOnce')(
      'of many simultaneous writers of one key exactly one wins, and its content stays',
      async () => {
        const answers = await manyAtOnce();
        const { bytes } = (await given.store.head('race')) ?? {};
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
        for (const { entry } of answers) expect(entry).toMatchObject({ key: 'race', bytes });
      },
      async () => void (await manyAtOnce()),
    );

    const twoAtOnce = async (): Promise<{ answers: Created[]; winner: Buffer | undefined }> => {
      const bodies = [randomBytes(9 * mebibyte), randomBytes(10 * mebibyte)];
      const answers = await Promise.all(bodies.map((body) => given.store.create('race', body)));
      const there = (await content(given.store, 'race')) ?? Buffer.alloc(0);
      const winner = bodies.find((body, at) => answers[at]?.created && body.equals(there));
      await given.store.remove('race');
      await nothingIsThere();
      return { answers, winner };
    };
    needing(given, 'createOnce')(
      'of two simultaneous writers of several parts one wins, whole, and the other leaves nothing',
      async () => {
        const { answers, winner } = await twoAtOnce();
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
        expect(winner).toBeDefined();
      },
      async () => expect((await twoAtOnce()).winner).toBeDefined(),
    );

    test.each([
      ['at once', 0],
      ['within its first part', 10],
      ['after several parts', 17 * mebibyte],
    ])('a body that fails %s leaves nothing, and its own error comes out', async (_, bytes) => {
      async function* failing(): AsyncIterable<Uint8Array> {
        if (bytes > 0) yield randomBytes(bytes);
        throw new Error('the disk of the source is gone');
      }
      await expect(given.store.create('half/written', failing())).rejects.toThrow('the disk of the source is gone');
      expect(await given.store.head('half/written')).toBeUndefined();
      await nothingIsThere();
    });

    test.each([
      ['within its first part', 10],
      ['after several parts', 17 * mebibyte],
    ])('a write that is told to stop %s leaves nothing, and lets go of its source', async (_, bytes) => {
      const abort = new AbortController();
      let held = false;
      async function* aborting(): AsyncIterable<Uint8Array> {
        held = true;
        try {
          yield randomBytes(bytes);
          abort.abort(new Error('told to stop'));
          yield randomBytes(10);
          yield randomBytes(10);
        } finally {
          held = false;
        }
      }
      await expect(given.store.create('aborted', aborting(), { signal: abort.signal })).rejects.toThrow('told to stop');
      expect(held).toBe(false);
      await nothingIsThere();
    });

    test('after a writer that failed the next one writes the key', async () => {
      async function* failing(): AsyncIterable<Uint8Array> {
        yield randomBytes(9 * mebibyte);
        throw new Error('the source is gone');
      }
      await expect(given.store.create('key', failing())).rejects.toThrow('the source is gone');
      expect((await given.store.create('key', text('next'))).created).toBe(true);
      expect(await content(given.store, 'key')).toEqual(text('next'));
    });

    test('an object that was removed can be written again', async () => {
      await given.store.create('key', text('first'));
      await given.store.remove('key');
      expect((await given.store.create('key', text('second'))).created).toBe(true);
      expect(await content(given.store, 'key')).toEqual(text('second'));
    });
  });
}
