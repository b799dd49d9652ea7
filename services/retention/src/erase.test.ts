import { backupFacts, decide } from '@holdfast/core';
import { resources, type Job } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { below, ManifestMemory, type ObjectStore, openMemory } from '@holdfast/storage';
import { BackupError, eraseFinalizer } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { aManifest } from '../../../packages/storage/src/folder/a-manifest.ts';
import { entryOf, fill, keysIn } from '../../../packages/storage/src/folder/a-swept-folder.ts';
import { archiveChain } from '../../../packages/storage/src/folder/archive-chain.ts';
import { claimFolder } from '../../../packages/storage/src/folder/claim-folder.ts';
import {
  aResult,
  aWorld,
  clusterId,
  endJob,
  key,
  namespace,
  uid,
  type World,
} from '../../../packages/access/src/a-world.ts';
import { handle } from './handle.ts';

const bucket: { store: ObjectStore } = vi.hoisted(() => ({ store: undefined as unknown as ObjectStore }));
vi.mock('@holdfast/storage', async (original) => ({ ...(await original<object>()), openS3: async () => bucket.store }));

const at = '2026-03-01T02:00:05Z';
const now = new Date(at);
const guard = async (): Promise<boolean> => true;
let folder: ObjectStore;

beforeEach(async () => {
  bucket.store = openMemory({ place: 'bucket "backups"', now: () => now });
  folder = below(bucket.store, `${namespace}/${key.name}`);
  await claimFolder(folder, { clusterId, namespace, name: key.name, backupUid: uid }, { now });
  await fill(folder, [aManifest({ run: 'run-1' })]);
});

/** A backup that was deleted and asks for its data to go with it. */
function aDeleted(told: { storage?: object } = {}): World {
  const world = aWorld({ at, spec: { retention: { onDelete: 'Delete' }, ...told } });
  const backup = world.backup();
  const metadata = { ...backup.metadata, finalizers: [eraseFinalizer], deletionTimestamp: at };
  world.kube.put(resources.backups, { ...backup, metadata });
  return world;
}

/** What the watcher and the retention worker make of it together. */
async function next(world: World): ReturnType<typeof handle> {
  if (!world.status().activeRun) {
    const intent = decide({ backup: backupFacts(world.backup()) }, world.now());
    if (intent.kind !== 'record') throw new Error(`the watcher would ${intent.kind}`);
    world.setStatus({ ...world.status(), activeRun: { ...intent.run, phase: 'Admitted', admittedAt: at } });
  }
  const log = openLog('retention', { now: world.now }, { destination: { write() {} } });
  return handle({ v: 1, ...key }, { ...world.hands, log, memory: new ManifestMemory() }, new AbortController().signal);
}

test('the whole folder goes, and then the object may', async () => {
  const world = aDeleted();
  await next(world);
  expect(await keysIn(folder)).toEqual([]);
  expect(world.status()).toMatchObject({ erase: { done: true, reason: 'DataErased' } });
  expect(world.status()).not.toHaveProperty('activeRun');
  expect(decide({ backup: backupFacts(world.backup()) }, now)).toMatchObject({ kind: 'finalizer', keep: false });
});

test('while a pod may still write, it is ended first and nothing is erased', async () => {
  const world = aDeleted();
  const before = await keysIn(folder);
  const labels = { 'neo4j.neo4j.com/backup-uid': uid };
  const job = { metadata: { namespace, name: 'nightly-backup', uid: 'job-1', labels }, status: {} } as unknown as Job;
  world.kube.put(resources.jobs, job);
  expect(await next(world)).toMatchObject({ kind: 'again', reason: 'PredecessorRunning' });
  expect(await keysIn(folder)).toEqual(before);
  await next(world);
  expect(world.jobs()).toEqual([]);
  expect(await keysIn(folder)).toEqual([]);
});

test('a store that does not answer holds the object, with the reason and the way out', async () => {
  bucket.store = {
    ...bucket.store,
    read: () => Promise.reject(new BackupError('StorageUnreachable', 'transient', 'no answer')),
  };
  const world = aDeleted();
  await next(world);
  expect(world.status()).toMatchObject({
    erase: { done: false, reason: 'StorageUnreachable', notBefore: '2026-03-01T02:10:05Z' },
  });
  expect(world.status()).not.toHaveProperty('activeRun');
  expect(world.events()).toContain('EraseHeld');
});

test('the folder of another cluster is not touched', async () => {
  await folder.remove('owner.json');
  await claimFolder(folder, { clusterId: 'elsewhere', namespace, name: key.name, backupUid: 'other' }, { now });
  const before = await keysIn(folder);
  const world = aDeleted();
  await next(world);
  expect(await keysIn(folder)).toEqual(before);
  expect(world.status()).toMatchObject({ erase: { done: false, reason: 'FolderOwnedElsewhere' } });
});

test('what the store charges for all the same is said before the archive goes', async () => {
  const { store } = bucket;
  const archiving: ObjectStore = {
    ...store,
    async copy(from, to, options) {
      const copied = await store.copy(from, to, options);
      return copied && { ...copied, entry: { ...copied.entry, storageClass: 'GLACIER' } };
    },
  };
  const entries = [entryOf(aManifest({ run: 'run-1' }))];
  await archiveChain(below(archiving, `${namespace}/${key.name}`), { chain: 'orders-run-1', entries }, { guard, now });
  const world = aDeleted();
  await next(world);
  const told = world.kube.all(resources.events).map(({ message }) => message);
  expect(told).toContainEqual(expect.stringMatching(/before the least time of class GLACIER/));
  expect(await keysIn(folder)).toEqual([]);
});

test('on a claim a pod erases, and its answer is what counts', async () => {
  const world = aDeleted({ storage: { type: 'pvc', pvc: { name: 'backups' } } });
  expect(await next(world)).toMatchObject({ kind: 'again', reason: 'JobRunning' });
  const [job] = world.jobs();
  expect(job?.metadata.name).toBe('nightly-erase');
  const { id: run = '' } = world.status().activeRun ?? {};
  if (job) endJob(world, job, aResult({ verb: 'erase', run, erased: { objects: 4, bytes: 9, foreign: 0 } }));
  await next(world);
  expect(world.status()).toMatchObject({ erase: { done: true, message: '4 objects with 9 B were erased' } });
});
