import { archivedKey, thawedKey } from '@holdfast/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { entryOf, fill, keysIn } from './a-swept-folder.ts';
import { archiveChain } from './archive-chain.ts';
import { endThaw, thawChain } from './thaw-chain.ts';

const now = new Date('2026-03-10T00:00:00Z');
const guard = async (): Promise<boolean> => true;
const chain = 'orders-run-1';
const artifact = archivedKey(chain, 'artifacts/orders-run-1.backup');
const until = new Date('2026-03-17T00:00:00Z');
let store: ObjectStore;

beforeEach(async () => {
  store = openMemory();
  const manifests = [aManifest({ run: 'run-1', parts: 1 }), aManifest({ run: 'run-2', chain })];
  await fill(store, manifests);
  await archiveChain(store, { chain, entries: manifests.map(entryOf) }, { guard, now });
});

test('where everything can be read at once, it can be read where it lies', async () => {
  const before = await keysIn(store);
  expect(await thawChain(store, chain, { guard })).toMatchObject({
    state: 'Readable',
    objects: 3,
    readable: 3,
    folder: 'archive/orders-run-1/artifacts/',
  });
  expect(await keysIn(store)).toEqual(before);
});

test('a store that takes hours is asked for every object, and says when it has all of them', async () => {
  const asked: string[] = [];
  const ready = new Set<string>();
  const slow: ObjectStore = {
    ...store,
    async thaw(key) {
      asked.push(key);
      return ready.has(key) ? { state: 'Readable', key, until } : { state: 'Coming' };
    },
  };
  const coming = await thawChain(slow, chain, { guard });
  expect(coming).toMatchObject({ state: 'Coming', objects: 3, readable: 0 });
  expect(asked.toSorted()).toEqual((await keysIn(store)).filter((key) => key.includes('/orders-run-1/artifacts/')));
  ready.add(artifact);
  expect(await thawChain(slow, chain, { guard })).toMatchObject({ state: 'Coming', readable: 1 });
  for (const key of asked) ready.add(key);
  const done = await thawChain(slow, chain, { guard });
  expect(done).toMatchObject({ state: 'Readable', readable: 3, until: until.toISOString() });
  expect(done?.message).toContain('until 2026-03-17T00:00:00.000Z');
});

test('copies of a store that only brings back by copying lie apart, and go when nobody wants them any more', async () => {
  const before = await keysIn(store);
  const copying: ObjectStore = {
    ...store,
    async thaw(key, { copyTo }) {
      await store.copy(key, copyTo);
      return { state: 'Readable', key: copyTo };
    },
  };
  expect(await thawChain(copying, chain, { guard })).toMatchObject({ folder: 'thawed/orders-run-1/artifacts/' });
  expect(await keysIn(store)).toContain(thawedKey(chain, 'artifacts/orders-run-1.backup'));
  expect(await endThaw(store, chain, { guard: async () => false })).toBe(false);
  expect(await endThaw(store, 'another', { guard })).toBe(true);
  expect(await keysIn(store)).toHaveLength(before.length + 3);
  expect(await endThaw(store, chain, { guard })).toBe(true);
  expect(await keysIn(store)).toEqual(before);
});

describe('what cannot be brought back is said:', () => {
  test.each(['orders-run-9', '../orders-run-1', '', 'a\nb'])(
    'no chain %j is archived, and which ones are',
    async (name) => {
      const { state, message } = (await thawChain(store, name, { guard })) ?? {};
      expect(state).toBe('NotArchived');
      expect(message).toContain('archive/ holds orders-run-1');
      expect(message).not.toContain('\n');
    },
  );

  test('nothing is archived at all', async () => {
    expect((await thawChain(openMemory(), chain, { guard }))?.message).toContain('nothing is archived');
  });

  test('an object of the chain is gone', async () => {
    await store.remove(artifact);
    await expect(thawChain(store, chain, { guard })).rejects.toMatchObject({
      reason: 'ArtifactMissing',
      fate: 'terminal',
      message: expect.stringContaining(artifact),
    });
  });

  test('what the archive says of it cannot be read', async () => {
    await store.create(archivedKey(chain, 'manifests/run-3/orders.json'), Buffer.from('junk'));
    await expect(thawChain(store, chain, { guard })).rejects.toMatchObject({ reason: 'UnreadableManifest' });
  });
});

test('when the lock is gone nothing is asked for', async () => {
  const deaf: ObjectStore = {
    ...store,
    thaw: async () => {
      throw new Error('asked all the same');
    },
  };
  expect(await thawChain(deaf, chain, { guard: async () => false })).toBeUndefined();
});
