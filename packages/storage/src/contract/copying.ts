import { randomBytes } from 'node:crypto';
import { proveDigest } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { content, inAnHour, keys, mebibyte, text } from './contents.ts';
import type { Given } from './given.ts';
import { needing } from './needing.ts';
import { oddNames } from './naming.ts';

/** Inside the store, whole, and never over something else. */
export function copying(given: Given): void {
  describe('copying', () => {
    test('gives the same bytes under another key, and leaves the original as it was', async () => {
      const { entry } = await given.store.create('artifacts/a file.backup', text('content'));
      const copied = await given.store.copy('artifacts/a file.backup', 'archive/chain/a file.backup');
      expect(copied).toMatchObject({ created: true, entry: { key: 'archive/chain/a file.backup', bytes: 7 } });
      expect(copied?.entry.checksum).toBe(entry.checksum);
      expect(await given.store.head('archive/chain/a file.backup')).toEqual(copied?.entry);
      expect(await content(given.store, 'archive/chain/a file.backup')).toEqual(text('content'));
      expect(await content(given.store, 'artifacts/a file.backup')).toEqual(text('content'));
    });

    test.each(oddNames.slice(0, 10))('from and to the key %j', async (name) => {
      await given.store.create(`from/${name}`, text(name));
      expect(await given.store.copy(`from/${name}`, `to/${name}`)).toMatchObject({ created: true });
      expect(await content(given.store, `to/${name}`)).toEqual(text(name));
      expect(await keys(given.store, '')).toEqual([`from/${name}`, `to/${name}`]);
    });

    test.each([
      ['in the parts that it was written in', (partBytes: number | undefined) => ({ partBytes })],
      ['without a word of its parts', () => ({})],
    ])('what has several parts, %s, is whole', async (_, options) => {
      const body = randomBytes(17 * mebibyte);
      const { digest } = await given.store.create('large', body);
      const copied = await given.store.copy('large', 'copy', options(digest?.partBytes));
      expect(copied).toMatchObject({ created: true, entry: { key: 'copy', bytes: body.length } });
      expect(body.equals((await content(given.store, 'copy')) ?? Buffer.alloc(0))).toBe(true);
      expect(await given.store.abortStaleUploads?.('', inAnHour())).toBeOneOf([0, undefined]);
    });

    needing(given, 'ownProofOfCopies')("the store's own checksum of a copy in parts proves the digest", async () => {
      const { digest } = await given.store.create('large', randomBytes(9 * mebibyte));
      const copied = await given.store.copy('large', 'copy', { partBytes: digest?.partBytes });
      expect(proveDigest({ bytes: 9 * mebibyte, digest }, copied?.entry.checksum)).toBe('proven');
    });

    test('never overwrites, and the answer describes what is there', async () => {
      await given.store.create('from', text('new'));
      await given.store.create('to', text('older'));
      expect(await given.store.copy('from', 'to')).toMatchObject({ created: false, entry: { key: 'to', bytes: 5 } });
      expect(await content(given.store, 'to')).toEqual(text('older'));
    });

    test('onto itself changes nothing', async () => {
      const { entry } = await given.store.create('same', text('content'));
      expect(await given.store.copy('same', 'same')).toMatchObject({ created: false, entry: { bytes: 7 } });
      expect(await given.store.head('same')).toEqual(entry);
    });

    const manyAtOnce = async (): Promise<string[]> => {
      const sources = Array.from({ length: 6 }, (_, at) => `from/${at}`);
      for (const key of sources) await given.store.create(key, text(key));
      const answers = await Promise.all(sources.map((key) => given.store.copy(key, 'to')));
      const winners = sources.filter((_, at) => answers[at]?.created);
      expect(winners.map(text)).toContainEqual(await content(given.store, 'to'));
      return winners;
    };
    needing(given, 'copyOnce')(
      'of many simultaneous copies to one key exactly one is made',
      async () => expect(await manyAtOnce()).toHaveLength(1),
      async () => void (await manyAtOnce()),
    );

    test('has nothing to copy where nothing is, and leaves nothing', async () => {
      await given.store.create('to', text('there'));
      for (const to of ['to', 'elsewhere/to']) expect(await given.store.copy('absent', to)).toBeUndefined();
      expect(await keys(given.store, '')).toEqual(['to']);
    });

    test.each([
      ['the copy', 'original', 'the original', 'copy'],
      ['the original', 'copy', 'the copy', 'original'],
    ])('removing %s leaves %s', async (_, kept, __, gone) => {
      await given.store.create('original', text('content'));
      await given.store.copy('original', 'copy');
      await given.store.remove(gone);
      expect(await keys(given.store, '')).toEqual([kept]);
      expect(await content(given.store, kept)).toEqual(text('content'));
    });

    test('an object without bytes is an object, and its copy outlives it', async () => {
      await given.store.create('empty', new Uint8Array());
      await given.store.copy('empty', 'copy/of/empty');
      await given.store.remove('empty');
      expect(await keys(given.store, '')).toEqual(['copy/of/empty']);
      expect(await content(given.store, 'copy/of/empty')).toHaveLength(0);
    });
  });
}
