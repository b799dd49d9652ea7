import { createHash } from 'node:crypto';
import { stagedKey } from '@holdfast/core';
import type { Manifest, StoredObject } from '@holdfast/types';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { expectWhole, fill, keysIn, keysOf, planOf } from './a-swept-folder.ts';
import { Killed, killing } from './killing.ts';
import { proveRun } from './prove-run.ts';
import { sweepChains } from './sweep-chains.ts';

const pod = { attempt: 2, uid: '12345678-pod' };
const yes = async () => true;
let store: ObjectStore;
beforeEach(() => {
  store = openMemory();
});

/** An encrypted artifact with companion parts, as a staged run uploads it; `second` when the usual keys were taken. */
function staged(told: { run: string; after?: Manifest; parts?: number; second?: boolean }): Manifest {
  const { run, after, parts = 2, second } = told;
  const files = Array.from({ length: parts + 1 }, (_, part) => `orders-${run}.backup${part === 0 ? '' : `.${part}`}`);
  const objects = files.map((file) => object(stagedKey({ run, file, encrypted: true, ...(second && { pod }) })));
  const encryption = { algorithm: 'AES256', keyFingerprint: 'ab'.repeat(8), plainBytes: 30 } as const;
  const link = after && { parent: after.artifact, lowestTx: after.highestTx + 1, highestTx: after.highestTx + 10 };
  return { ...aManifest({ run, objects, ...(after && { chain: after.chain }) }), ...link, encryption };
}

/** `fill` writes so many times the letter x: objects of one size have one digest. */
function object(key: string, bytes = 100): StoredObject {
  const value = createHash('sha256').update('x'.repeat(bytes)).digest('hex');
  return { key, bytes, digest: { algorithm: 'sha256', value, of: 'stored', measuredBy: 'writer' } };
}

const full = staged({ run: 'run-1' });
const diff = staged({ run: 'run-2', after: full, second: true });
const old = [full, diff, staged({ run: 'run-3', after: diff, parts: 1 })];
const fresh = staged({ run: 'run-4' });
const kept = [fresh, staged({ run: 'run-5', after: fresh })];

test('of each artifact the manifest goes first, then its parts from the last one, and the artifact itself at the end', async () => {
  await fill(store, old);
  const gone: string[] = [];
  const log: ObjectStore = {
    ...store,
    remove: (key) => (gone.push(key), store.remove(key)),
    removeMany: (keys) => (gone.push(...keys), store.removeMany(keys)),
  };
  const counts = await sweepChains(log, await planOf(store, [old]), { guard: yes });
  expect(counts).toEqual({ finished: true, chains: 1, artifacts: 3, objects: 8, bytes: 800 });
  expect(gone.filter((key) => /^(manifests|artifacts)/.test(key))).toEqual([
    'manifests/run-3/orders.json',
    'artifacts/run-3/orders-run-3.backup.1.enc',
    'artifacts/run-3/orders-run-3.backup.enc',
    'manifests/run-2/orders.json',
    'artifacts/run-2/2-12345678/orders-run-2.backup.2.enc',
    'artifacts/run-2/2-12345678/orders-run-2.backup.1.enc',
    'artifacts/run-2/2-12345678/orders-run-2.backup.enc',
    'manifests/run-1/orders.json',
    'artifacts/run-1/orders-run-1.backup.2.enc',
    'artifacts/run-1/orders-run-1.backup.1.enc',
    'artifacts/run-1/orders-run-1.backup.enc',
  ]);
  expect(await keysIn(store)).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'killed %s any change, what is left of a chain is whole and provable, and the next sweep ends with the same',
  async (when) => {
    let change = 1;
    for (; ; change += 1) {
      const folder = openMemory();
      await fill(folder, [...old, ...kept]);
      const mortal = killing(folder, { change, when }, () => expectWhole(folder, [old, kept])).store;
      const swept = await sweepChains(mortal, await planOf(folder, [old]), { guard: yes }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      const left = new Set(await keysIn(folder));
      const standing = [...old, ...kept].filter(({ run }) => left.has(`manifests/${run}/orders.json`));
      for (const { run } of standing) expect((await proveRun(folder, run)).findings).toEqual([]);
      await sweepChains(folder, await planOf(folder, [old]), { guard: yes });
      expect(await keysIn(folder)).toEqual(keysOf(kept, ['run-4', 'run-5']));
      if (swept) break;
    }
    expect(change).toBeGreaterThan(15);
  },
);

test('objects of the same content are told apart by their keys: what stays has the digests of what went, and is whole', async () => {
  await fill(store, [...old, ...kept]);
  expect(fresh.objects[0]?.digest).toEqual(full.objects[0]?.digest);
  await sweepChains(store, await planOf(store, [old]), { guard: yes });
  expect(await keysIn(store)).toEqual(keysOf(kept, ['run-4', 'run-5']));
  for (const { run } of kept) expect((await proveRun(store, run)).findings).toEqual([]);
});

test('of an artifact that shares one part with another, only that part stays until the other one goes', async () => {
  const shared = full.objects.slice(2);
  const other = { ...staged({ run: 'run-6' }), objects: [...staged({ run: 'run-6' }).objects, ...shared] };
  await fill(store, [full, other]);
  const inUse = new Set(other.objects.map(({ key }) => key));
  const { objects } = await sweepChains(store, { ...(await planOf(store, [[full]])), inUse }, { guard: yes });
  expect(objects).toBe(2);
  expect(await keysIn(store)).toEqual(keysOf([other], ['run-6']));
  expect((await proveRun(store, 'run-6')).findings).toEqual([]);
  await sweepChains(store, await planOf(store, [[other]]), { guard: yes });
  expect(await keysIn(store)).toEqual([]);
});

test('what a dead pod of a run has under the usual keys is named by no manifest, and no sweep of chains touches it', async () => {
  const second = staged({ run: 'run-2', second: true });
  const taken = stagedKey({ run: 'run-2', file: second.artifact, encrypted: true });
  await store.create(taken, Buffer.from('half an artifact'));
  await fill(store, [second, ...kept]);
  const { objects } = await sweepChains(store, await planOf(store, [[second]]), { guard: yes });
  expect(objects).toBe(3);
  expect(await keysIn(store)).toEqual([taken, ...keysOf(kept, ['run-4', 'run-5'])].toSorted());
});
