import type { FolderClaim } from '@holdfast/core';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { claimFolder, ownerOf } from './claim-folder.ts';
import { readDocument } from './documents.ts';
import { writeManifest } from './manifests.ts';

const now = new Date('2026-03-01T02:00:00Z');
let store: ObjectStore;
beforeEach(() => void (store = openMemory()));

function claimOf(clusterId: string, told: Partial<FolderClaim> = {}): FolderClaim {
  return { clusterId, namespace: 'neo4j', name: 'nightly', backupUid: `uid-in-${clusterId}`, ...told };
}

function claim(clusterId: string, told: Partial<FolderClaim> = {}): ReturnType<typeof claimFolder> {
  return claimFolder(store, claimOf(clusterId, told), { now });
}

async function put(key: string, text: string): Promise<void> {
  await store.create(key, Buffer.from(text));
}

test('the first to come owns the folder, and says so in it', async () => {
  expect(await claim('one')).toEqual({ kind: 'ours' });
  const record = { v: 1, clusterId: 'one', namespace: 'neo4j', name: 'nightly', backupUid: 'uid-in-one' };
  expect(await readDocument(store, 'owner.json')).toEqual({ ...record, time: now.toISOString() });
});

test('a folder from before there were owners is claimed', async () => {
  await writeManifest(store, aManifest({ run: 'run-1' }));
  expect(await claim('one')).toEqual({ kind: 'ours' });
});

test('claiming again, and by a new object of the same name, writes nothing more', async () => {
  await claim('one');
  expect(await claim('one', { backupUid: 'recreated' })).toEqual({ kind: 'ours' });
  expect(await Array.fromAsync(store.list(''), ({ key }) => key)).toEqual(['owner.json']);
});

test('another cluster is refused and leaves nothing', async () => {
  await claim('one');
  expect(await claim('two')).toMatchObject({ kind: 'foreign', message: expect.stringContaining('of cluster one') });
  expect(await Array.fromAsync(store.list(''), ({ key }) => key)).toEqual(['owner.json']);
});

test('of two clusters that come at the same time exactly one owns the folder', async () => {
  const racing = Array.from({ length: 20 }, (_, index) => claim(`cluster-${index}`));
  const kinds = (await Promise.all(racing)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'ours')).toHaveLength(1);
});

test('of two clusters that may both take the folder over exactly one does, and the old owner has lost it', async () => {
  await claim('old');
  const racing = ['one', 'two'].map((id) => claim(id, { takeOver: 'old' }));
  expect((await Promise.all(racing)).map(({ kind }) => kind).toSorted()).toEqual(['foreign', 'ours']);
  expect(await claim('old')).toMatchObject({ kind: 'foreign' });
  expect((await Array.fromAsync(store.list(''), ({ key }) => key)).toSorted()).toEqual(['owner-2.json', 'owner.json']);
});

test('a folder goes from hand to hand, and each time only from its present owner', async () => {
  await claim('one');
  expect(await claim('two', { takeOver: 'one' })).toEqual({ kind: 'ours' });
  expect(await claim('three', { takeOver: 'one' })).toMatchObject({ kind: 'foreign' });
  expect(await claim('three', { takeOver: 'two' })).toEqual({ kind: 'ours' });
  expect(await claim('one', { takeOver: 'three' })).toEqual({ kind: 'ours' });
  expect(await readDocument(store, 'owner-4.json')).toMatchObject({ clusterId: 'one' });
});

test.each([
  ['no JSON', '{'],
  ['something else', '{"v":1,"clusterId":7}'],
  [
    'of a newer version',
    '{"v":2,"clusterId":"one","namespace":"a","name":"b","backupUid":"c","time":"2026-03-01T02:00:00Z"}',
  ],
])('a record that is %s makes the folder nobody’s, for its owner too', async (_how, text) => {
  await put('owner.json', text);
  const taken = await claim('one', { takeOver: 'one' });
  expect(taken).toMatchObject({ kind: 'foreign', message: expect.stringContaining('"owner.json"') });
  expect(await Array.fromAsync(store.list(''), ({ key }) => key)).toEqual(['owner.json']);
});

test('a claim whose answer was lost is found to be ours', async () => {
  const { create } = store;
  store = { ...store, create: async (...given) => ({ ...(await create(...given)), created: false }) };
  expect(await claim('one')).toEqual({ kind: 'ours' });
});

test('looking whose folder it is claims nothing', async () => {
  expect(await ownerOf(store, claimOf('one'))).toEqual({ kind: 'free', number: 1 });
  expect(await Array.fromAsync(store.list(''))).toEqual([]);
});
