import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decrypt, encrypt, encryptedBytes } from '@holdfast/encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTink } from './find-tink.ts';
import { startTink, tinkPage, type TinkProcess } from './start-tink.ts';
import { tamperings } from './tamperings.ts';

const tink = await findTink();
const MiB = 1024 * 1024;
const firstSegment = MiB - 56;
const nextSegment = MiB - 16;
const sizes = [
  0,
  1,
  65_536,
  ...[firstSegment, firstSegment + nextSegment, firstSegment + 2 * nextSegment].flatMap((edge) => [
    edge - 1,
    edge,
    edge + 1,
  ]),
  5 * MiB + 12_345,
];

describe.skipIf(!tink)("Tink's own library", { concurrent: false }, () => {
  const key = randomBytes(32);
  const name = 'orders-2026-11-22T02-00-00.backup';
  let folder: string;
  let other: TinkProcess;

  beforeAll(async () => {
    if (!tink) return;
    folder = await mkdtemp(join(tmpdir(), 'holdfast-tink-'));
    other = startTink(tink);
  });

  afterAll(async () => {
    await other.stop();
    await rm(folder, { recursive: true });
  });

  test.each(sizes)('reads what we wrote, and we read what it wrote: %i bytes', async (bytes) => {
    const plain = randomBytes(bytes);
    const [ours, theirs] = [join(folder, 'ours.enc'), join(folder, 'theirs.enc')];
    await writeFile(join(folder, 'plain'), plain);

    await writeFile(ours, encrypt(createReadStream(join(folder, 'plain')), { key, associatedData: name }));
    expect(await other.ask({ do: 'decrypt', key, name, from: ours, to: join(folder, 'back') })).toBeUndefined();
    expect(plain.equals(await readFile(join(folder, 'back')))).toBe(true);

    expect(await other.ask({ do: 'encrypt', key, name, from: join(folder, 'plain'), to: theirs })).toBeUndefined();
    expect((await readFile(theirs)).length).toBe(encryptedBytes(bytes));
    expect(await opened(await readFile(theirs), { key, name })).toEqual({ plain, refused: false });
  });

  test('names of any script are the same associated data', async () => {
    for (const name of ['', 'ümläut-日本-🙂.backup', 'x'.repeat(1000)]) {
      await writeFile(join(folder, 'plain'), 'content');
      const to = join(folder, 'theirs.enc');
      expect(await other.ask({ do: 'encrypt', key, name, from: join(folder, 'plain'), to })).toBeUndefined();
      expect(await opened(await readFile(to), { key, name })).toEqual({
        plain: Buffer.from('content'),
        refused: false,
      });
    }
  });

  describe.each([
    ['a short artifact', 1000],
    ['a full first segment', firstSegment],
    ['three segments', firstSegment + nextSegment + 1000],
    ['three full segments', firstSegment + 2 * nextSegment],
  ])('%s', (_, bytes) => {
    const plain = randomBytes(bytes);
    const some = { stored: Buffer.alloc(encryptedBytes(bytes)), key, name };
    const possible = tamperings.filter(({ apply }) => apply(some) !== undefined);

    let stored: Buffer;

    beforeAll(async () => {
      const [from, to] = [join(folder, 'plain'), join(folder, 'whole.enc')];
      await writeFile(from, plain);
      await other.ask({ do: 'encrypt', key, name, from, to });
      stored = await readFile(to);
    });

    test.each(possible)('$what: refused, and nothing that is not authentic comes out', async (tampering) => {
      const spoilt = tampering.apply({ stored, key, name }) ?? some;
      const [from, to] = [join(folder, 'spoilt.enc'), join(folder, 'spoilt')];
      await writeFile(from, spoilt.stored);
      await rm(to, { force: true });

      const ours = await opened(spoilt.stored, spoilt);
      expect(ours.refused).toBe(true);
      expect(ours.plain.equals(plain.subarray(0, ours.plain.length))).toBe(true);
      expect(ours.plain.length).toBeLessThan(plain.length);

      const refusal = await other.ask({ do: 'decrypt', ...spoilt, from, to });
      const read = tampering.tinkReads?.(stored) === true;
      expect(refusal === undefined).toBe(read);
      if (!read) return expect(await readdir(folder)).not.toContain('spoilt');
      const theirs = await readFile(to);
      expect(theirs.equals(plain.subarray(0, theirs.length))).toBe(true);
    });
  });

  test('the program that people are given decrypts, and leaves nothing when it cannot', async () => {
    if (!tink) return;
    const plain = randomBytes(3 * MiB);
    const stored = Buffer.concat(await Array.fromAsync(encrypt(piecesOf(plain), { key, associatedData: name })));
    const [file, keyFile, output] = [join(folder, `${name}.enc`), join(folder, 'key'), join(folder, name)];
    await writeFile(file, stored);
    const call = () => promisify(execFile)(tink.python, [tinkPage, file, keyFile, output], { env: tink.env });
    for (const text of [key, `${key.toString('base64')}\n`, key.toString('base64url'), key.toString('hex')]) {
      await writeFile(keyFile, text);
      await call();
      expect(plain.equals(await readFile(output))).toBe(true);
      await rm(output);
    }
    await writeFile(file, stored.subarray(0, 2 * MiB));
    await expect(call()).rejects.toThrow('ciphertext too short');
    expect((await readdir(folder)).filter((entry) => entry.startsWith(name))).toEqual([`${name}.enc`]);
  });
});

/** Everything that our `decrypt` gives before it ends or refuses. */
async function opened(
  stored: Uint8Array,
  { key, name }: { key: Uint8Array; name: string },
): Promise<{ plain: Buffer; refused: boolean }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of decrypt(piecesOf(stored), { key, associatedData: name })) pieces.push(piece);
    return { plain: Buffer.concat(pieces), refused: false };
  } catch (error) {
    expect(error).toMatchObject({ reason: 'DecryptFailed', fate: 'terminal' });
    return { plain: Buffer.concat(pieces), refused: true };
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 100_000) yield bytes.subarray(from, from + 100_000);
}
