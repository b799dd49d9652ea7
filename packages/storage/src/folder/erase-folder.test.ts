import { BackupError } from '@holdfast/types';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { entryOf, fill, keysIn } from './a-swept-folder.ts';
import { archiveChain } from './archive-chain.ts';
import { claimFolder } from './claim-folder.ts';
import { eraseFolder } from './erase-folder.ts';
import { Killed, killing } from './killing.ts';
import { readCatalogue } from './read-catalogue.ts';

const now = new Date('2026-03-10T00:00:00Z');
const guard = async (): Promise<boolean> => true;
const claim = { clusterId: 'here', namespace: 'shop', name: 'nightly', backupUid: 'uid' };
const foreign = ['notes.txt', 'artifacts/of/somebody/else/x'];
let store: ObjectStore;

beforeEach(async () => {
  store = openMemory();
  await furnish(store);
});

test('everything that Holdfast made goes, in batches of any size, and what others put there stays', async () => {
  const many = Array.from({ length: 1_203 }, (_, index) => `artifacts/more-${index}.backup`);
  for (const key of many) await store.create(key, Buffer.from('x'));
  const before = (await keysIn(store)).length;
  const erased = await eraseFolder(store, { guard, now });
  expect(await keysIn(store)).toEqual(foreign.toSorted());
  expect(erased).toMatchObject({ objects: before - foreign.length, foreign: foreign.length });
  expect(await eraseFolder(store, { guard, now })).toEqual({ objects: 0, bytes: 0, foreign: foreign.length });
});

test('what makes artifacts count goes first, and whose folder it was goes last', async () => {
  const log: string[] = [];
  const logged: ObjectStore = { ...store, removeMany: async (keys) => (log.push(...keys), store.removeMany(keys)) };
  await eraseFolder(logged, { guard, now });
  const places = log.map((key) => (/manifests\//.test(key) ? 'manifest' : key === 'owner.json' ? 'owner' : 'rest'));
  expect(places.toSorted((a, b) => order.indexOf(a) - order.indexOf(b))).toEqual(places);
  expect(new Set(places)).toEqual(new Set(order));
});

const order = ['manifest', 'rest', 'owner'];

describe('killed at any change', () => {
  test.each(['before', 'after'] as const)(
    '%s it, nothing half gone counts, and the next run ends with the same',
    async (when) => {
      let change = 1;
      for (; ; change += 1) {
        const folder = openMemory();
        await furnish(folder);
        const { store: mortal } = killing(folder, { change, when }, async () => {
          const there = new Set(await keysIn(folder));
          for (const { manifest } of (await readCatalogue(folder)).entries)
            for (const { key } of manifest.objects) expect(there).toContain(key);
        });
        const outcome = await eraseFolder(mortal, { guard, now }).catch((error: unknown) => error);
        if (!(outcome instanceof Killed)) break;
        await eraseFolder(folder, { guard, now });
        expect(await keysIn(folder)).toEqual(foreign.toSorted());
      }
      expect(change).toBeGreaterThan(10);
    },
  );
});

test('when the lock is gone nothing more goes', async () => {
  const before = await keysIn(store);
  expect(await eraseFolder(store, { guard: async () => false, now })).toBeUndefined();
  expect(await keysIn(store)).toEqual(before);
});

test('an object that the store keeps is told, and the folder stays somebody’s', async () => {
  const locked = new BackupError('ObjectLocked', 'terminal', 'kept until 2027');
  const keeping: ObjectStore = {
    ...store,
    removeMany: async (keys) => {
      const free = keys.filter((key) => !key.endsWith('.backup'));
      await store.removeMany(free);
      return keys.map((key) => (free.includes(key) ? { key } : { key, error: locked }));
    },
  };
  await expect(eraseFolder(keeping, { guard, now })).rejects.toBe(locked);
  expect(await keysIn(store)).toContain('owner.json');
});

async function furnish(folder: ObjectStore): Promise<void> {
  await claimFolder(folder, claim, { now });
  const manifests = [aManifest({ run: 'run-1', parts: 1 }), aManifest({ run: 'run-2', chain: 'orders-run-1' })];
  await fill(folder, manifests);
  await archiveChain(folder, { chain: 'orders-run-1', entries: manifests.map(entryOf) }, { guard, now });
  for (const key of [
    'runs/run-1/begun-1-abc.json',
    'runs/run-1/attempt-1-abc.log',
    'thawed/orders-run-1/artifacts/x.backup',
    'proofs/v1/000001.json',
    ...foreign,
  ])
    await folder.create(key, Buffer.from('{}'));
}
