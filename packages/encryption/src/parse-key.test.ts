import { BackupError } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKey } from './parse-key.ts';

const rawKeys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const spaces = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 5 });

test('a key is the same in every way to write it down', () => {
  fc.assert(
    fc.property(rawKeys, spaces, spaces, (raw, before, after) => {
      const bytes = Buffer.from(raw);
      const ways = [
        bytes.toString('base64'),
        bytes.toString('base64').replace('=', ''),
        bytes.toString('base64url'),
        `${bytes.toString('base64url')}=`,
        bytes.toString('hex'),
        bytes.toString('hex').toUpperCase(),
      ];
      for (const text of ways) expect(parseKey(utf8(`${before}${text}${after}`))).toEqual(raw);
      expect(parseKey(raw)).toEqual(raw);
    }),
  );
});

test('32 bytes are the key itself, also where they look like text', () => {
  for (const text of ['0123456789abcdef0123456789abcdef', 'abcdefghijklmnopqrstuvwxyzABCDE=', `${' '.repeat(31)}\n`])
    expect(parseKey(utf8(text))).toEqual(utf8(text));
});

test('the caller may clear its buffer afterwards', () => {
  const value = new Uint8Array(32).fill(7);
  const key = parseKey(value);
  value.fill(0);
  expect(key).toEqual(new Uint8Array(32).fill(7));
});

test.each([
  ['nothing', ''],
  ['white space', ' \n '],
  ['a passphrase', 'correct horse battery staple and some more'],
  ['31 bytes in base64', Buffer.alloc(31, 1).toString('base64')],
  ['33 bytes in base64', Buffer.alloc(33, 1).toString('base64')],
  ['31 bytes in hex', '01'.repeat(31)],
  ['48 bytes in base64, as long as 32 in hex', Buffer.alloc(48, 250).toString('base64')],
  ['both base64 alphabets in one word', `+_${'A'.repeat(41)}`],
  ['two paddings', `${'A'.repeat(43)}==`],
  ['a last digit with bits that mean nothing', `${'A'.repeat(42)}B=`],
  ['white space inside', `${'A'.repeat(20)} ${'A'.repeat(23)}=`],
  ['a byte order mark before it', `\u{feff}${'A'.repeat(43)}=`],
  ['32 raw bytes and a line break', `${'\u0001'.repeat(32)}\n`],
  ['a 64-digit number that is not hex', `${'0'.repeat(63)}g`],
])('%s is no key', (_, text) => {
  expect(() => parseKey(utf8(text))).toThrow(
    expect.objectContaining({ reason: 'KeyMalformed', fate: 'terminal' }) as BackupError,
  );
});

test('the error names what was read and its length, and never the value', () => {
  const secret = 'my-very-secret-passphrase';
  expect(() => parseKey(utf8(secret), 'entry "key" of the key Secret')).toThrow(
    /^entry "key" of the key Secret \(25 bytes\) is neither 32 raw bytes nor base64, base64url or hex of 32 bytes; make one with: openssl/,
  );
  expect(() => parseKey(utf8(secret))).not.toThrow(secret);
});

test('a huge value is refused without being read through', () => {
  const length = 32 * 1024 * 1024;
  const sizeAlone = new Proxy(new Uint8Array(), {
    get(_, name) {
      if (name === 'length' || name === 'byteLength') return length;
      throw new Error(`${String(name)} was read`);
    },
  });
  expect(() => parseKey(sizeAlone)).toThrow(BackupError);
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
