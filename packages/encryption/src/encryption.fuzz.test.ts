import { BackupError } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces, joined, somePlain } from './a-stream.ts';
import { decrypt } from './decrypt.ts';
import { encrypt } from './encrypt.ts';
import { fingerprint } from './fingerprint.ts';
import { openKeyRing } from './key-ring.ts';
import { parseKey } from './parse-key.ts';

const sealing = { key: new Uint8Array(32).fill(3), associatedData: 'a.backup' };
const likeKeys = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.string({ unit: fc.constantFrom('A', 'f', '0', '-', '_', '+', '/', '=', ' ', '\n'), maxLength: 70 }).map(utf8),
  fc.uint8Array({ minLength: 30, maxLength: 34 }).map((bytes) => utf8(Buffer.from(bytes).toString('base64'))),
);

test('any bytes are a key of 32 bytes or KeyMalformed, and a key is read again as itself', () => {
  fc.assert(
    fc.property(likeKeys, (value) => {
      const key = keyOf(value);
      if (!key) return;
      expect(key).toHaveLength(32);
      expect(parseKey(utf8(Buffer.from(key).toString('hex')))).toEqual(key);
    }),
    { numRuns: 1000 },
  );
});

test('a ring of any entries finds exactly the keys among them', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), likeKeys), (entries) => {
      const ring = openKeyRing(new Map([...Object.entries(entries), ['key', sealing.key]]), 'key');
      for (const [entry, value] of Object.entries(entries)) {
        if (entry === 'key') continue;
        const key = keyOf(value);
        expect(ring.malformed.includes(entry)).toBe(key === undefined);
        if (key) expect(ring.find(fingerprint(key))?.key).toEqual(key);
      }
    }),
  );
});

test('whatever is stored, decryption gives the beginning of what was encrypted, or nothing', async () => {
  const plain = somePlain(1_100_000);
  const sealed = await joined(encrypt(inPieces(plain), sealing));
  const place = fc.nat({ max: sealed.length });
  const change = fc.oneof(
    place.map((end) => sealed.subarray(0, end)),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, bytes]) => {
      const changed = Buffer.from(sealed);
      changed.set(bytes.subarray(0, Math.max(0, sealed.length - at)), at);
      return changed;
    }),
    fc.tuple(place, place).map(([from, to]) => Buffer.concat([sealed.subarray(0, from), sealed.subarray(to)])),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(change, async (stored) => {
      const given: Uint8Array[] = [];
      let refused: unknown;
      try {
        for await (const piece of decrypt(inPieces(stored), sealing)) given.push(piece);
      } catch (error) {
        refused = error;
      }
      expect(Buffer.concat(given).equals(plain.subarray(0, Buffer.concat(given).length))).toBe(true);
      if (stored.equals(sealed)) expect(refused).toBeUndefined();
      else expect(refused).toMatchObject({ reason: 'DecryptFailed' });
    }),
    { numRuns: 60 },
  );
});

/** Undefined when it was refused as it should be. */
function keyOf(value: Uint8Array): Uint8Array | undefined {
  try {
    return parseKey(value);
  } catch (error) {
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ reason: 'KeyMalformed' });
    return undefined;
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
