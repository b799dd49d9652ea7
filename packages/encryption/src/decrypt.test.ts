import { createCipheriv } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { beforeAll, expect, test } from 'vitest';
import { inPieces, joined, somePlain } from './a-stream.ts';
import { decrypt } from './decrypt.ts';
import { encrypt, encryptAfter } from './encrypt.ts';
import { cipherName, headerBytes, plainSizes, segmentBytes, segmenting, tagBytes } from './format.ts';

const sealing = { key: new Uint8Array(32).fill(9), associatedData: 'orders.backup' };
/** Three segments, the last one short. */
const plain = somePlain(plainSizes.first + plainSizes.next + 1000);
let sealed: Buffer;

beforeAll(async () => {
  sealed = await joined(encrypt(inPieces(plain), sealing));
});

test('another key opens nothing', async () => {
  const key = new Uint8Array(32).fill(8);
  expect(await opened(sealed, { ...sealing, key })).toEqual({ bytes: 0, error: messageOf('does not open') });
});

test('another name opens nothing', async () => {
  expect(await opened(sealed, { ...sealing, associatedData: 'customers.backup' })).toEqual({
    bytes: 0,
    error: messageOf('another name than "customers.backup"'),
  });
});

test.each([
  ['in the length of the header', 0, 0],
  ['in the salt', 1, 0],
  ['in the nonce prefix', headerBytes - 1, 0],
  ['in the first byte of content', headerBytes, 0],
  ['in the tag of the first segment', segmentBytes - 1, 0],
  ['in the first byte of the second segment', segmentBytes, plainSizes.first],
  ['in the tag of the second segment', 2 * segmentBytes - tagBytes, plainSizes.first],
  ['in the last segment', 2 * segmentBytes, plainSizes.first + plainSizes.next],
  ['in the last byte', -1, plainSizes.first + plainSizes.next],
])('one flipped bit %s is found before its segment is given', async (_, at, before) => {
  for (const bit of [1, 128]) {
    const changed = Buffer.from(sealed);
    const place = at < 0 ? changed.length + at : at;
    changed[place] = (changed[place] ?? 0) ^ bit;
    expect(await opened(changed)).toEqual({ bytes: before, error: expect.any(BackupError) as BackupError });
  }
});

test.each([
  ['everything', 0, 0, '0 bytes are too few'],
  ['all but a piece of the header', 20, 0, '20 bytes are too few'],
  ['all but the header', headerBytes, 0, '40 bytes are too few'],
  ['all but a piece of the first segment', 500_000, 0, 'cut in its first MiB'],
  ['all behind the first segment', segmentBytes, 0, 'stops after segment 0, which is not its last one'],
  ['all behind a piece of a tag', segmentBytes + 5, plainSizes.first, 'cut or added to in segment 1'],
  ['all behind a tag without content', segmentBytes + tagBytes, plainSizes.first, 'cut or added to in segment 1'],
  ['half a segment', segmentBytes + 500_000, plainSizes.first, 'cut or added to in segment 1'],
  ['the last segment', 2 * segmentBytes, plainSizes.first, 'stops after segment 1'],
  ['the last byte', -1, plainSizes.first + plainSizes.next, 'cut or added to in segment 2'],
])('an artifact that lacks %s is refused', async (_, end, before, sentence) => {
  const cut = sealed.subarray(0, end < 0 ? sealed.length + end : end);
  expect(await opened(cut)).toEqual({ bytes: before, error: messageOf(sentence) });
});

test('bytes behind the end are refused, whether the last segment is full or not', async () => {
  const added = Buffer.concat([sealed, Buffer.from([0])]);
  expect(await opened(added)).toEqual({
    bytes: plainSizes.first + plainSizes.next,
    error: messageOf('added to in segment 2'),
  });
  const full = await joined(encrypt(inPieces(somePlain(plainSizes.first)), sealing));
  expect(await opened(Buffer.concat([full, Buffer.from([0])]))).toEqual({
    bytes: 0,
    error: messageOf('something was added behind the end of the encrypted artifact, which is segment 0'),
  });
  expect(await opened(Buffer.concat([full, full]))).toMatchObject({
    bytes: 0,
    error: expect.any(BackupError) as BackupError,
  });
});

test('segments in another order, twice or left out are refused', async () => {
  const [first, second, third] = [
    sealed.subarray(0, segmentBytes),
    sealed.subarray(segmentBytes, 2 * segmentBytes),
    sealed.subarray(2 * segmentBytes),
  ];
  for (const parts of [
    [first, second, second, third],
    [first, third],
    [second, first, third],
    [first, second, Buffer.concat([second, third])],
    [first, third, second],
  ]) {
    const { bytes, error } = await opened(Buffer.concat(parts));
    expect(error).toBeInstanceOf(BackupError);
    expect(bytes).toBeLessThanOrEqual(plainSizes.first + plainSizes.next);
  }
});

test('a segment of another artifact under the same key is refused', async () => {
  const other = await joined(encrypt(inPieces(plain), sealing));
  const mixed = Buffer.concat([sealed.subarray(0, segmentBytes), other.subarray(segmentBytes)]);
  expect(await opened(mixed)).toEqual({ bytes: plainSizes.first, error: messageOf('segment 1') });
});

test('plain bytes are refused at once', async () => {
  expect(await opened(Buffer.from('DNEO'.repeat(100)))).toEqual({
    bytes: 0,
    error: messageOf('its first byte is another'),
  });
});

test('what is given is right as far as it goes', async () => {
  const given: Uint8Array[] = [];
  await expect(
    (async () => {
      for await (const piece of decrypt(inPieces(sealed.subarray(0, -1)), sealing)) given.push(piece);
    })(),
  ).rejects.toThrow(BackupError);
  expect(Buffer.concat(given).equals(plain.subarray(0, plainSizes.first + plainSizes.next))).toBe(true);
});

test('a second spelling of an artifact, with an empty last segment, is refused', async () => {
  const header = sealed.subarray(0, headerBytes);
  const longer = await joined(encryptAfter(header, inPieces(somePlain(plainSizes.first + 1)), sealing));
  const { key, nonce } = segmenting(header, sealing);
  const cipher = createCipheriv(cipherName, key, nonce(1, true));
  cipher.final();
  const empty = cipher.getAuthTag();
  expect(await opened(Buffer.concat([longer.subarray(0, segmentBytes), empty]))).toEqual({
    bytes: plainSizes.first,
    error: messageOf('segment 1'),
  });
});

test('who stops early frees the source', async () => {
  let freed = false;
  async function* source() {
    try {
      yield* inPieces(sealed);
    } finally {
      freed = true;
    }
  }
  for await (const _ of decrypt(source(), sealing)) break;
  expect(freed).toBe(true);
});

/** How many bytes came out, and the error at the end. */
async function opened(stored: Uint8Array, how = sealing): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0;
  try {
    for await (const piece of decrypt(inPieces(stored), how)) {
      expect(Buffer.compare(piece, plain.subarray(bytes, bytes + piece.length))).toBe(0);
      bytes += piece.length;
    }
    return { bytes, error: undefined };
  } catch (error) {
    expect(error).toMatchObject({ reason: 'DecryptFailed', fate: 'terminal' });
    return { bytes, error };
  }
}

function messageOf(sentence: string): unknown {
  return expect.objectContaining({ message: expect.stringContaining(sentence) as string });
}
