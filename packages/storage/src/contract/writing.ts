import { randomBytes } from 'node:crypto';
import { proveDigest } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { digested } from '../parts.ts';
import { content, cut, keys, mebibyte, sha256, stream } from './contents.ts';
import type { Given } from './given.ts';

/** What is written arrives, whole and with its digest. */
export function writing(given: Given): void {
  describe('writing', () => {
    test('what was written is read back, and its digest and size are told', async () => {
      const body = randomBytes(100_000);
      const { created, entry, digest } = await given.store.create('folder/one', body);
      expect(created).toBe(true);
      expect(digest).toEqual({ algorithm: 'sha256', value: sha256(body).toString('hex') });
      expect(entry).toMatchObject({ key: 'folder/one', bytes: body.length });
      expect(await content(given.store, 'folder/one')).toEqual(body);
    });

    test('a stream of unknown length and odd pieces arrives whole', async () => {
      const pieces = [randomBytes(70_001), new Uint8Array(), randomBytes(1), randomBytes(200_000)];
      const { digest, entry } = await given.store.create('stream', stream(pieces));
      const whole = Buffer.concat(pieces);
      expect(digest).toEqual({ algorithm: 'sha256', value: sha256(whole).toString('hex') });
      expect(entry.bytes).toBe(whole.length);
      expect(await content(given.store, 'stream')).toEqual(whole);
    });

    test.each([
      ['a stream', (body: Buffer) => ({ body: stream(cut(body, 1_500_000)), sizeHint: body.length })],
      ['one piece', (body: Buffer) => ({ body })],
    ])('%s of several parts has the digest of the digests of its parts', async (_, shaped) => {
      const content = randomBytes(17 * mebibyte);
      const { body, ...options } = { sizeHint: undefined, ...shaped(content) };
      const { digest, entry } = await given.store.create('large', body, options);
      expect(entry.bytes).toBe(content.length);
      const parts = cut(content, 8 * mebibyte).map(sha256);
      const value = sha256(Buffer.concat(parts)).toString('hex');
      expect(digest).toEqual({ algorithm: 'sha256-parts', partBytes: 8 * mebibyte, value });
      if (entry.checksum?.startsWith('sha256:'))
        expect(proveDigest({ bytes: entry.bytes, digest }, entry.checksum)).toBe('proven');
      const back = (await given.store.read('large')) ?? stream([]);
      const read = digested(back, 8 * mebibyte);
      for await (const _piece of read.pieces);
      expect(read.digest()).toEqual(digest);
    });

    test.each([
      ['no bytes', new Uint8Array()],
      ['an empty stream', stream([])],
    ])('%s are an object too', async (_, body) => {
      expect((await given.store.create('empty', body)).entry.bytes).toBe(0);
      expect(await content(given.store, 'empty')).toHaveLength(0);
      expect(await keys(given.store, '')).toEqual(['empty']);
    });
  });
}
