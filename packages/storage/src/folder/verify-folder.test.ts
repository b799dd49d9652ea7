import { proofKey } from '@holdfast/core';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { writeManifest } from './manifests.ts';
import { readProofs } from './proofs.ts';
import { readCatalogue } from './read-catalogue.ts';
import { verifyFolder, type VerifyFolderOptions } from './verify-folder.ts';

const round = new Date('2026-03-05T00:00:00Z');
let now: Date;
let store: ObjectStore;
let reads: string[];
beforeEach(() => {
  now = new Date('2026-03-05T00:01:00Z');
  reads = [];
  const memory = openMemory({ now: () => now });
  const read: ObjectStore['read'] = (key, options) => {
    if (key.startsWith('artifacts/')) reads.push(key);
    return memory.read(key, options);
  };
  store = { ...memory, read };
});

const verify = (told: Partial<VerifyFolderOptions> = {}) =>
  verifyFolder(store, {
    run: 'look-1',
    round,
    now: () => now,
    enough: () => false,
    halt: new AbortController().signal,
    ...told,
  });

async function leave(...runs: string[]): Promise<void> {
  for (const run of runs) {
    const manifest = aManifest({ run });
    for (const { key, bytes } of manifest.objects) await store.create(key, Buffer.alloc(bytes, run));
    await writeManifest(store, manifest);
  }
}

const keyOf = (run: string) => `artifacts/orders-${run}.backup`;
async function replace(run: string, content: Uint8Array): Promise<void> {
  await store.remove(keyOf(run));
  await store.create(keyOf(run), content);
}
const suspects = async () =>
  (await readCatalogue(store)).entries.flatMap(({ manifest, suspect }) =>
    suspect ? [[manifest.run, suspect.reason]] : [],
  );

test('everything that counts is read back once in a round', async () => {
  await leave('run-1', 'run-2', 'run-3');
  expect(await verify()).toMatchObject({ proven: 3, remaining: 0, spoiled: 0, unreadable: 0 });
  expect(reads.toSorted()).toEqual(['run-1', 'run-2', 'run-3'].map(keyOf));
  expect(await verify({ run: 'look-2' })).toMatchObject({ proven: 3, remaining: 0, bytes: 0 });
  expect(reads).toHaveLength(3);
});

test('what a backup itself read back since the round began needs no second reading', async () => {
  const verified = { level: 'content', time: '2026-03-05T00:00:30Z' } as const;
  const manifest = { ...aManifest({ run: 'run-1' }), verified };
  await writeManifest(store, manifest);
  expect(await verify()).toMatchObject({ proven: 1, bytes: 0 });
});

test('a slice that ends early loses nothing: the next one goes on, whoever makes it', async () => {
  await leave('run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6');
  let asked = 0;
  const first = await verify({ enough: () => (asked += 1) > 4 });
  expect(first).toMatchObject({ proven: 4, remaining: 2 });
  expect(await verify({ run: 'look-2' })).toMatchObject({ proven: 6, remaining: 0 });
  expect(reads.toSorted()).toEqual([1, 2, 3, 4, 5, 6].map((number) => keyOf(`run-${number}`)));
});

test('a process that dies in the middle has written down what it read', async () => {
  await leave('run-1', 'run-2', 'run-3', 'run-4', 'run-5');
  const failing: ObjectStore = {
    ...store,
    read: (key, options) => (key === keyOf('run-5') ? Promise.reject(new Error('died')) : store.read(key, options)),
  };
  const options = { run: 'look-1', round, now: () => now, enough: () => false, halt: new AbortController().signal };
  await expect(verifyFolder(failing, options)).rejects.toThrow('died');
  reads = [];
  expect(await verify()).toMatchObject({ proven: 5, remaining: 0 });
  expect(reads).toEqual([keyOf('run-5')]);
});

test('missing, truncated and changed artifacts are marked, and told of once in a round', async () => {
  await leave('run-1', 'run-2', 'run-3', 'run-4');
  await verify(); // establishes the digests
  now = new Date('2026-03-07T00:01:00Z');
  await store.remove(keyOf('run-1'));
  await replace('run-2', Buffer.from('short'));
  await replace('run-3', Buffer.alloc(keyOf('run-3').length - 'artifacts/'.length, 'other'));
  const later = { run: 'look-2', round: new Date('2026-03-07T00:00:00Z') };
  expect(await verify(later)).toMatchObject({ proven: 1, spoiled: 3, remaining: 0 });
  expect((await suspects()).toSorted()).toEqual([
    ['run-1', 'ArtifactMissing'],
    ['run-2', 'ArtifactChanged'],
    ['run-3', 'ArtifactChanged'],
  ]);
  expect(await verify(later)).toMatchObject({ proven: 1, spoiled: 0, remaining: 0 });
});

test('a flipped byte is found by the digest that an earlier round established', async () => {
  await leave('run-1');
  await verify();
  const flipped = Buffer.alloc(keyOf('run-1').length - 'artifacts/'.length, 'run-1');
  flipped[3] = (flipped[3] ?? 0) ^ 1;
  // As large as before and with the same marks of the store: only its content tells.
  const silent: ObjectStore = {
    ...store,
    read: async (key, options) =>
      key === keyOf('run-1')
        ? (async function* () {
            yield flipped;
          })()
        : store.read(key, options),
  };
  now = new Date('2026-03-07T00:01:00Z');
  const later = { round: new Date('2026-03-07T00:00:00Z'), now: () => now, enough: () => false };
  const halt = new AbortController().signal;
  expect(await verifyFolder(silent, { ...later, run: 'look-2', halt })).toMatchObject({ spoiled: 1 });
  expect(await suspects()).toEqual([['run-1', 'ArtifactChanged']]);
});

test('a mark goes when the artifact is well again', async () => {
  await leave('run-1');
  const content = Buffer.alloc(keyOf('run-1').length - 'artifacts/'.length, 'run-1');
  await verify();
  await store.remove(keyOf('run-1'));
  now = new Date('2026-03-06T00:01:00Z');
  await verify({ run: 'look-2', round: new Date('2026-03-06T00:00:00Z') });
  expect(await suspects()).toHaveLength(1);
  await store.create(keyOf('run-1'), content);
  now = new Date('2026-03-07T00:01:00Z');
  await verify({ run: 'look-3', round: new Date('2026-03-07T00:00:00Z') });
  expect(await suspects()).toEqual([]);
});

test('a complete round removes the proofs of earlier ones and keeps what they established', async () => {
  await leave('run-1');
  await verify();
  const before = (await readProofs(store)).digestOf({ run: 'run-1', artifact: 'orders-run-1.backup' }, keyOf('run-1'));
  now = new Date('2026-03-07T00:01:00Z');
  await verify({ run: 'look-2', round: new Date('2026-03-07T00:00:00Z') });
  expect(await Array.fromAsync(store.list('proofs/'), ({ key }) => key)).toEqual([proofKey('look-2', 1)]);
  const after = (await readProofs(store)).digestOf({ run: 'run-1', artifact: 'orders-run-1.backup' }, keyOf('run-1'));
  expect(before).toBeDefined();
  expect(after).toEqual(before);
});

test('reading that is halted in the middle of an artifact proves nothing and marks nothing', async () => {
  await leave('run-1');
  const halt = new AbortController();
  const endless: ObjectStore = {
    ...store,
    read: async (key, options) =>
      key === keyOf('run-1')
        ? (async function* () {
            yield Buffer.from('x');
            halt.abort('a backup wants the folder');
            options?.signal?.throwIfAborted();
          })()
        : store.read(key, options),
  };
  const options = { run: 'look-1', round, now: () => now, enough: () => false, halt: halt.signal };
  expect(await verifyFolder(endless, options)).toMatchObject({ proven: 0, spoiled: 0, unread: 0, remaining: 1 });
  expect(await suspects()).toEqual([]);
});
