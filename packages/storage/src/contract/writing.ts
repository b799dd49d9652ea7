import { randomBytes } from 'node:crypto';
import { proveDigest } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { content, cut, digestOf, keys, mebibyte, sha256, stream } from './contents.ts';
import type { Given } from './given.ts';
import { needing } from './needing.ts';

const tebibyte = 1024 * 1024 * mebibyte;

/** What is written arrives, whole and with its digest. */
export function writing(given: Given): void {
  describe('writing', () => {
    test('what was written is read back, and its digest and size are told', async () => {
      const body = randomBytes(100_000);
      const { created, entry, digest } = await given.store.create('folder/one', body);
      expect(created).toBe(true);
      expect(digest).toEqual({ algorithm: 'sha256', value: sha256(body).toString('hex') });
      expect(entry).toMatchObject({ key: 'folder/one', bytes: body.length });
      expect(body.equals((await content(given.store, 'folder/one')) ?? Buffer.alloc(0))).toBe(true);
    });

    test('a stream of unknown length and odd pieces arrives whole', async () => {
      const pieces = [randomBytes(70_001), new Uint8Array(), randomBytes(1), randomBytes(200_000)];
      const { digest, entry } = await given.store.create('stream', stream(pieces));
      const whole = Buffer.concat(pieces);
      expect(digest).toEqual({ algorithm: 'sha256', value: sha256(whole).toString('hex') });
      expect(entry.bytes).toBe(whole.length);
      expect(whole.equals((await content(given.store, 'stream')) ?? Buffer.alloc(0))).toBe(true);
    });

    test.each([
      ['a stream', (body: Buffer) => ({ body: stream(cut(body, 1_500_000)), sizeHint: body.length })],
      ['one piece', (body: Buffer) => ({ body })],
    ])('%s of several parts has the digest of the digests of its parts', async (_, shaped) => {
      const body = randomBytes(17 * mebibyte);
      const { body: sent, ...options } = { sizeHint: undefined, ...shaped(body) };
      const { digest, entry } = await given.store.create('large', sent, options);
      const parts = cut(body, 8 * mebibyte).map(sha256);
      const value = sha256(Buffer.concat(parts)).toString('hex');
      expect(digest).toEqual({ algorithm: 'sha256-parts', partBytes: 8 * mebibyte, value });
      expect(await given.store.head('large')).toEqual(entry);
      expect(entry.bytes).toBe(body.length);
      expect(body.equals((await content(given.store, 'large')) ?? Buffer.alloc(0))).toBe(true);
    });

    test.each([
      ['one byte less than a part', -1, 'sha256'],
      ['exactly one part', 0, 'sha256'],
      ['one byte more than a part', 1, 'sha256-parts'],
    ])('a stream of %s arrives whole', async (_, more, algorithm) => {
      const body = randomBytes(8 * mebibyte + more);
      const { entry, digest } = await given.store.create('edge', stream(cut(body, 3_000_000)));
      expect(entry.bytes).toBe(body.length);
      expect(digest).toEqual(digestOf(body, digest));
      expect(digest?.algorithm).toBe(algorithm);
      expect(body.equals((await content(given.store, 'edge')) ?? Buffer.alloc(0))).toBe(true);
    });

    test.each([
      ['far too small', 1],
      ['far too large', tebibyte],
    ])('a size that was announced %s spoils nothing', async (_, sizeHint) => {
      const body = randomBytes(9 * mebibyte);
      const { entry, digest } = await given.store.create('announced', stream(cut(body, 1_000_000)), { sizeHint });
      expect(entry.bytes).toBe(body.length);
      expect(digest).toEqual(digestOf(body, digest));
      expect(body.equals((await content(given.store, 'announced')) ?? Buffer.alloc(0))).toBe(true);
    });

    test('a source that fills the same memory again and again arrives as it was', async () => {
      const body = randomBytes(10 * mebibyte);
      const memory = Buffer.alloc(mebibyte);
      async function* reusing(): AsyncIterable<Uint8Array> {
        for (const piece of cut(body, mebibyte)) {
          piece.copy(memory);
          yield memory;
        }
      }
      const { digest } = await given.store.create('reused', reusing());
      expect(digest).toEqual(digestOf(body, digest));
      expect(body.equals((await content(given.store, 'reused')) ?? Buffer.alloc(0))).toBe(true);
    });

    test.each([
      ['no bytes', () => new Uint8Array()],
      ['an empty stream', () => stream([])],
      ['a stream of empty pieces', () => stream([new Uint8Array(), new Uint8Array()])],
    ])('%s are an object too', async (_, body) => {
      const { entry, digest } = await given.store.create('empty', body());
      expect(entry.bytes).toBe(0);
      expect(digest).toEqual({ algorithm: 'sha256', value: sha256(new Uint8Array()).toString('hex') });
      expect(await content(given.store, 'empty')).toHaveLength(0);
      expect(await keys(given.store, '')).toEqual(['empty']);
    });

    needing(given, 'ownProof')("the store's own checksum of an object proves its digest", async () => {
      const { entry, digest } = await given.store.create('small', randomBytes(1_000));
      expect(proveDigest({ bytes: entry.bytes, digest }, entry.checksum)).toBe('proven');
    });

    needing(given, 'ownProofOfParts')("the store's own checksum of several parts proves their digest", async () => {
      const { entry, digest } = await given.store.create('large', randomBytes(9 * mebibyte));
      expect(proveDigest({ bytes: entry.bytes, digest }, entry.checksum)).toBe('proven');
    });
  });
}
