import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collect } from '../bytes.ts';
import type { StoredEntry } from '../object-store.ts';
import { content, entries, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** What is there is told and read; what is missing is a value. */
export function reading(given: Given): void {
  describe('reading', () => {
    test('what is missing is a value', async () => {
      expect(await given.store.head('missing')).toBeUndefined();
      expect(await given.store.head('missing/deep/down')).toBeUndefined();
      expect(await given.store.read('missing')).toBeUndefined();
      expect(await given.store.read('missing', { range: { offset: 0, length: 0 } })).toBeUndefined();
      expect(await keys(given.store, 'missing/')).toEqual([]);
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('a folder is no object', async () => {
      await given.store.create('folder/file', text('x'));
      expect(await given.store.head('folder')).toBeUndefined();
      expect(await given.store.read('folder')).toBeUndefined();
    });

    test('head, list and create tell the same', async () => {
      const { entry } = await given.store.create('a/b', text('hello'));
      const head = await given.store.head('a/b');
      expect(head).toEqual(entry);
      const [listed] = await entries(given.store, '');
      expect(listed?.key).toBe('a/b');
      expect(listed?.bytes).toBe(5);
      expect(Math.abs(seconds(listed) - seconds(head))).toBeLessThanOrEqual(1);
      if (listed?.etag !== undefined) expect(listed.etag).toBe(head?.etag);
    });

    test.each(['with space', 'plus+plus', 'per%20cent', 'ümläut ☃', 'a&b<c>"d\'', 'tilde~2e', 'equals=;,@!$()*'])(
      'the key %j survives the way there and back',
      async (key) => {
        await given.store.create(`odd/${key}`, text(key));
        expect(await keys(given.store, 'odd/')).toEqual([`odd/${key}`]);
        expect(await content(given.store, `odd/${key}`)).toEqual(text(key));
        expect((await given.store.head(`odd/${key}`))?.bytes).toBe(text(key).length);
        await given.store.remove(`odd/${key}`);
        expect(await keys(given.store, '')).toEqual([]);
      },
    );

    test.each([
      [0, 4],
      [3, 4],
      [8, 100],
      [10, 1],
      [50, 1],
      [2, 0],
    ])('a range from %d of %d bytes reads what is there of it', async (offset, length) => {
      await given.store.create('range', text('0123456789'));
      const body = await given.store.read('range', { range: { offset, length } });
      expect(body && (await collect(body))).toEqual(text('0123456789'.slice(offset, offset + length)));
    });

    test('a reader that leaves early does no harm', async () => {
      await given.store.create('long', randomBytes(3_000_000));
      for await (const piece of (await given.store.read('long')) ?? []) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      for await (const entry of given.store.list('')) {
        expect(entry.key).toBe('long');
        break;
      }
      expect((await content(given.store, 'long'))?.length).toBe(3_000_000);
    });
  });
}

function seconds(entry: StoredEntry | undefined): number {
  return Math.floor((entry?.modifiedAt.getTime() ?? Number.NaN) / 1000);
}
