import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprint } from './fingerprint.ts';
import { openKeyRing } from './key-ring.ts';

const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

test('a fingerprint is 16 hex digits of an HMAC, different for different keys', () => {
  const wanted = createHmac('sha256', one).update('holdfast key v1').digest().subarray(0, 8).toString('hex');
  expect(fingerprint(one)).toBe(wanted);
  expect(fingerprint(one)).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprint(one)).not.toBe(fingerprint(two));
});

test('one entry is written with and every entry can be read with', () => {
  const ring = openKeyRing(new Map([entry('key', two), entry('key-2025', one.toString('base64'))]), 'key');
  expect(ring.write).toMatchObject({ entry: 'key', fingerprint: fingerprint(two) });
  expect(Buffer.from(ring.write.key)).toEqual(two);
  expect(ring.find(fingerprint(two))).toBe(ring.write);
  expect(ring.find(fingerprint(one))).toMatchObject({ entry: 'key-2025' });
  expect(ring.find(fingerprint(Buffer.alloc(32, 3)))).toBeUndefined();
  expect(ring.malformed).toEqual([]);
});

test('an entry that is no key hinders nothing and is named', () => {
  const ring = openKeyRing(new Map([entry('key', one), entry('notes', 'made by Ann'), entry('old', two)]), 'key');
  expect(ring.malformed).toEqual(['notes']);
  expect(ring.find(fingerprint(two))?.entry).toBe('old');
});

test('the entry to write with must be there', () => {
  const entries = new Map([entry('key-2025', one), entry('key-2026', two)]);
  expect(() => openKeyRing(entries, 'key')).toThrow(
    expect.objectContaining({
      reason: 'KeyMissing',
      fate: 'terminal',
      message:
        'the key Secret has no entry "key" (it has "key-2025", "key-2026"); add the key under that name, or name another one in options.encryption.keySecretKey',
    }) as Error,
  );
  expect(() => openKeyRing(new Map(), 'key')).toThrow('it has no entry at all');
});

test('the entry to write with must be a key', () => {
  const entries = new Map([entry('key', 'a passphrase'), entry('old', one)]);
  expect(() => openKeyRing(entries, 'key')).toThrow(
    expect.objectContaining({
      reason: 'KeyMalformed',
      fate: 'terminal',
      message: expect.stringMatching(/^entry "key" of the key Secret \(12 bytes\)/) as string,
    }) as Error,
  );
  expect(() => openKeyRing(entries, 'key')).not.toThrow('passphrase');
});

function entry(name: string, value: string | Uint8Array): [string, Uint8Array] {
  return [name, typeof value === 'string' ? new TextEncoder().encode(value) : value];
}
