import { createHash } from 'node:crypto';
import { BackupError, type Digest } from '@holdfast/types';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { readBack } from './read-back.ts';

const content = Buffer.from('an artifact of some bytes');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes);
const whole: Digest = { algorithm: 'sha256', value: sha256(content).digest('hex'), of: 'plain', measuredBy: 'writer' };
const object = { key: 'artifacts/a', bytes: content.length };
let store: ObjectStore;
beforeEach(async () => {
  store = openMemory();
  await store.create(object.key, content);
});

test('reading compares with the digest that is known, or establishes one', async () => {
  expect(await readBack(store, object, { digest: whole })).toEqual({ kind: 'proven', digest: whole });
  expect(await readBack(store, object)).toEqual({
    kind: 'proven',
    digest: { algorithm: 'sha256', value: whole.value, of: 'stored', measuredBy: 'readBack' },
  });
});

test('a digest over parts is compared part by part', async () => {
  const parts = [content.subarray(0, 10), content.subarray(10, 20), content.subarray(20)];
  const value = sha256(Buffer.concat(parts.map((part) => sha256(part).digest()))).digest('hex');
  const digest: Digest = { ...whole, algorithm: 'sha256-parts', partBytes: 10, value };
  expect(await readBack(store, object, { digest })).toMatchObject({ kind: 'proven' });
  expect(await readBack(store, object, { digest: { ...digest, partBytes: 9 } })).toMatchObject({ kind: 'spoiled' });
});

test('a flipped byte, a missing end and a missing object are findings', async () => {
  const flipped = Buffer.from(content);
  flipped[5] = (flipped[5] ?? 0) ^ 1;
  for (const [spoiled, reason] of [
    [flipped, 'ArtifactChanged'],
    [content.subarray(0, -1), 'ArtifactChanged'],
    [undefined, 'ArtifactMissing'],
  ] as const) {
    await store.remove(object.key);
    if (spoiled) await store.create(object.key, spoiled);
    expect(await readBack(store, object, { digest: whole })).toMatchObject({ kind: 'spoiled', finding: { reason } });
  }
});

test('stored bytes that do not decrypt are a finding; any other trouble is thrown, and never taken for proven', async () => {
  const failing = (trouble: Error) =>
    async function* (stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
      yield* stored;
      throw trouble;
    };
  const forged = new BackupError('DecryptFailed', 'terminal', 'segment 1 is not authentic');
  expect(await readBack(store, object, { through: failing(forged) })).toMatchObject({
    kind: 'spoiled',
    finding: { reason: 'ArtifactChanged' },
  });
  await expect(readBack(store, object, { through: failing(new Error('gone')) })).rejects.toThrow('gone');
});
