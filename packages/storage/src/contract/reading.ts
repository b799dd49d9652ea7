import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collect } from '../bytes.ts';
import type { ReadOptions, StoredEntry } from '../object-store.ts';
import { content, entries, keys, mebibyte, text } from './contents.ts';
import type { Given } from './given.ts';

/** What is there is told and read; what is missing is a value. */
export function reading(given: Given): void {
  const part = async (key: string, range: NonNullable<ReadOptions['range']>): Promise<Uint8Array | undefined> => {
    const body = await given.store.read(key, { range });
    return body && collect(body);
  };

  describe('reading', () => {
    test('what is missing is a value', async () => {
      expect(await given.store.head('missing')).toBeUndefined();
      expect(await given.store.head('missing/deep/down')).toBeUndefined();
      expect(await given.store.read('missing')).toBeUndefined();
      expect(await given.store.read('missing', { range: { offset: 0, length: 0 } })).toBeUndefined();
      expect(await given.store.read('missing', { range: { offset: 5, length: 5 } })).toBeUndefined();
      expect(await keys(given.store, 'missing/')).toEqual([]);
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('a folder is no object', async () => {
      await given.store.create('folder/file', text('x'));
      expect(await given.store.head('folder')).toBeUndefined();
      expect(await given.store.read('folder')).toBeUndefined();
    });

    test('what lies below an object that is no folder is missing', async () => {
      await given.store.create('file', text('x'));
      expect(await given.store.head('file/below')).toBeUndefined();
      expect(await given.store.read('file/below')).toBeUndefined();
      expect(await keys(given.store, 'file/')).toEqual([]);
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

    test.each([
      [0, 4],
      [3, 4],
      [8, 100],
      [10, 1],
      [50, 1],
      [2, 0],
      [0, 10],
      [9, 1],
      [4, 2 ** 40],
    ])('a range from %d of %d bytes reads what is there of it', async (offset, length) => {
      await given.store.create('range', text('0123456789'));
      expect(await part('range', { offset, length })).toEqual(text('0123456789'.slice(offset, offset + length)));
    });

    test('a range of an object without bytes reads nothing', async () => {
      await given.store.create('empty', new Uint8Array());
      for (const offset of [0, 3]) expect(await part('empty', { offset, length: 5 })).toHaveLength(0);
    });

    test('a range is read across the border of two parts, and to the last byte', async () => {
      const body = randomBytes(9 * mebibyte);
      await given.store.create('large', body);
      for (const offset of [8 * mebibyte - 3, body.length - 6])
        expect(await part('large', { offset, length: 6 })).toEqual(body.subarray(offset, offset + 6));
    });

    test('many read one object at once, each of them the whole', async () => {
      const body = randomBytes(500_000);
      await given.store.create('popular', body);
      const readers = Array.from({ length: 8 }, () => content(given.store, 'popular'));
      for (const read of await Promise.all(readers)) expect(read && body.equals(read)).toBe(true);
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
