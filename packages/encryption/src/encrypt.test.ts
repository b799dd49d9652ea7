import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces, joined, somePlain } from './a-stream.ts';
import { decrypt } from './decrypt.ts';
import { encrypt, encryptAfter } from './encrypt.ts';
import { encryptedBytes } from './encrypted-bytes.ts';
import { headerBytes, plainSizes, segmentBytes } from './format.ts';

const sealing = {
  key: Uint8Array.from({ length: 32 }, (_, n) => n),
  associatedData: 'orders-2026-11-22T02-00-00.backup',
};

/** Made with Tink's Python (1.16.0): key 00..1f, associated data as above, plain bytes as `somePlain` gives them. */
const answers = [
  [
    0,
    '28ca5ba40b9b899d309b638e95c8c3d7c13961558b67d0e8fbbbd800e2dc3f3e9e5dd53b6bf8d5cd',
    '7612352d750e1587e84635e09592b2fd126eda81fd528a497895f7d10661c0f7',
  ],
  [
    1,
    '28135465341d7f40cb5f95013765a94433bc94c73248aa3e683a5c47be335d941753affa356ea1d9',
    'f07ea3dddbf58cfb16b7281618e83e0c95105b6c550fd346964ddabc742067d4',
  ],
  [
    1048519,
    '28c418e3fe45200363d58da5f836899836fcea428e8e9483140c385665e23b95f418be459e5cde91',
    '4246980a8df77921b794753042492aa41e59bb0fcbf02e0cb4dc12a059914786',
  ],
  [
    1048520,
    '2828b724661ca1eea36391a3dd45442e01b620ec80cdc7facb14733572bd82575a010f7a16fdacbd',
    '09b0d82298fed591f8aa64b53d01ac97650f6608a330a1cdf0e244d83ca45e61',
  ],
  [
    1048521,
    '283ff0327679654f731522e53ab000c3c3709a6bc9aa320c938c7274b50fd93e68edccea310d0dac',
    '028023ed66536c9e8ace44786a19b1d824a5027ffbe2c2e18efc2e4e052037c5',
  ],
  [
    2097079,
    '2845bb867b205b0537f94313c65ed97e9a60f8d8b7772d6576ddb16e00f276b7c6a23cff8f2f5a23',
    'ff02255c7fd55d2f9a1d2c2acc419f404256ee58559cf1da47b9337f5f6add5d',
  ],
  [
    2097080,
    '28be702d9e971b20dc8a538bd34e982c802387c6098d1c0202a174c2520e7e68b404ccc2902375d6',
    '264b528e108e053b7819463b94a626fdbf8c90f3c2e0ac3711a8d1dbe7f7d8de',
  ],
  [
    2097081,
    '284484b1172759347da9cd9edd31c4b459084fad4c2704d3dd194d04f65b6fa9925310faca57ed2e',
    'eee3e27bd4f7d47d288babb300a4fc7e41f5c71eafb52dc264a41df624f76be6',
  ],
  [
    3158025,
    '284207be6fce55146906e3268b2cf5ba7a080b65b4107cce0c648f612b65c04fb15cc9dfa4df5cec',
    '0a60b42d1435cc5bb513e1be60373ec9784a311f626f41eaa5f75c421ce364f8',
  ],
] as const;

test.each(answers)('%i bytes become what Tink makes of them, and plain again', async (bytes, header, sha256) => {
  const sealed = await joined(encryptAfter(Buffer.from(header, 'hex'), inPieces(somePlain(bytes)), sealing));
  expect(createHash('sha256').update(sealed).digest('hex')).toBe(sha256);
  expect(sealed.length).toBe(encryptedBytes(bytes));
  expect((await joined(decrypt(inPieces(sealed), sealing))).equals(somePlain(bytes))).toBe(true);
});

test('what Tink encrypted opens', async () => {
  const sealed =
    '28135465341d7f40cb5f95013765a94433bc94c73248aa3e683a5c47be335d941753affa356ea1d94a4e0e7902e518a76de109c76eb47a9e21';
  expect(await joined(decrypt(inPieces(Buffer.from(sealed, 'hex')), sealing))).toEqual(Buffer.from([0]));
});

test('around every edge of a segment, sizes are exact and contents come back', async () => {
  const edges = [0, 1, 2, 3].map((later) => plainSizes.first + later * plainSizes.next);
  for (const bytes of [2, 15, 16, 17, segmentBytes, ...edges.flatMap((edge) => [edge - 1, edge, edge + 1])]) {
    const sealed = await joined(encrypt(inPieces(somePlain(bytes)), sealing));
    expect(sealed.length).toBe(encryptedBytes(bytes));
    expect((await joined(decrypt(inPieces(sealed), sealing))).equals(somePlain(bytes))).toBe(true);
  }
});

test('any content in pieces of any size comes back, whatever the key and the name', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 1_500_000 }).map(somePlain)), {
        maxLength: 6,
      }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.integer({ min: 1, max: 2_000_000 }),
      async (pieces, key, name, size) => {
        const sealing = { key, associatedData: name };
        const plain = Buffer.concat(pieces);
        const sealed = await joined(encrypt(streamOf(pieces), sealing));
        expect(sealed.length).toBe(encryptedBytes(plain.length));
        const pieceSize = Math.max(size, Math.ceil(sealed.length / 10_000));
        expect((await joined(decrypt(inPieces(sealed, pieceSize), sealing))).equals(plain)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

test('the same content twice gives different bytes', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => joined(encrypt(inPieces(somePlain(100)), sealing))));
  expect(one?.subarray(1, 33)).not.toEqual(two?.subarray(1, 33));
  expect(one?.subarray(40)).not.toEqual(two?.subarray(40));
});

test('what nobody takes is not read, and who stops early frees the source', async () => {
  let [given, freed] = [0, false];
  async function* endless() {
    try {
      for (;;) {
        given += 1;
        yield new Uint8Array(segmentBytes);
      }
    } finally {
      freed = true;
    }
  }
  let taken = 0;
  for await (const piece of encrypt(endless(), sealing)) {
    taken += piece.length;
    expect(given * segmentBytes).toBeLessThanOrEqual(taken + 2 * segmentBytes);
    if (taken > 5 * segmentBytes) break;
  }
  expect(freed).toBe(true);
});

test('an error of the source comes through as it is', async () => {
  const trouble = new Error('the disk is gone');
  async function* broken() {
    yield new Uint8Array(headerBytes).fill(headerBytes);
    throw trouble;
  }
  await expect(joined(encrypt(broken(), sealing))).rejects.toBe(trouble);
  await expect(joined(decrypt(broken(), sealing))).rejects.toBe(trouble);
});

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
