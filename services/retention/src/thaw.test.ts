import { backupFacts, decide } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { below, ManifestMemory, type ObjectStore, openMemory } from '@holdfast/storage';
import { agentEnv, agentPlanSchema, annotations, BackupError, type Status } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { aManifest } from '../../../packages/storage/src/folder/a-manifest.ts';
import { entryOf, fill } from '../../../packages/storage/src/folder/a-swept-folder.ts';
import { archiveChain } from '../../../packages/storage/src/folder/archive-chain.ts';
import { aResult, aWorld, endJob, key, namespace, type World } from '../../../packages/access/src/a-world.ts';
import { handle } from './handle.ts';

const bucket: { store: ObjectStore } = vi.hoisted(() => ({ store: undefined as unknown as ObjectStore }));
vi.mock('@holdfast/storage', async (original) => ({ ...(await original<object>()), openS3: async () => bucket.store }));

const at = '2026-01-01T04:00:05Z';
const chain = 'orders-run-1';
const minute = 60_000;
let folder: ObjectStore;

beforeEach(async () => {
  bucket.store = openMemory({ place: 'bucket "backups"', now: () => new Date(at) });
  folder = below(bucket.store, `${namespace}/${key.name}`);
  const archived = aManifest({ run: 'run-1' });
  await fill(folder, [archived]);
  await archiveChain(folder, { chain, entries: [entryOf(archived)] }, { guard: async () => true, now: new Date(at) });
});

/** A backup that has run, whose annotation names a chain. */
function aThawing(thaw: string | undefined, told: Parameters<typeof aWorld>[0] = {}, status: Status = {}): World {
  const ran = { lastRunTime: '2026-01-01T00:00:00Z', ...status };
  return aWorld({ at, status: ran, ...told, annotations: thaw === undefined ? {} : { [annotations.thaw]: thaw } });
}

/** What the watcher and the retention worker make of it together; false when there is nothing to do. */
async function next(world: World): Promise<boolean> {
  if (!world.status().activeRun) {
    const intent = decide({ backup: backupFacts(world.backup()) }, world.now());
    if (intent.kind !== 'record') return false;
    world.setStatus({ ...world.status(), activeRun: { ...intent.run, phase: 'Admitted', admittedAt: at } });
  }
  const log = openLog('retention', { now: world.now }, { destination: { write() {} } });
  await handle({ v: 1, ...key }, { ...world.hands, log, memory: new ManifestMemory() }, new AbortController().signal);
  return true;
}

const eventsOf = (world: World) =>
  world.kube.all(resources.events).map(({ reason, message }) => `${reason}: ${message}`);

test('an archived chain that can be read at once is said to be there, once', async () => {
  const world = aThawing(chain);
  expect(await next(world)).toBe(true);
  expect(world.status()).toMatchObject({ thaw: { chain, state: 'Readable', folder: `archive/${chain}/artifacts/` } });
  expect(world.status()).not.toHaveProperty('activeRun');
  expect(eventsOf(world)).toEqual([expect.stringMatching(/^Thawed: chain orders-run-1 can be read from archive\//)]);
  expect(await next(world)).toBe(false);
});

test('a store that takes hours is asked again every half hour, and told of once', async () => {
  const { store } = bucket;
  let ready = false;
  bucket.store = { ...store, thaw: async (asked) => (ready ? { state: 'Readable', key: asked } : { state: 'Coming' }) };
  const world = aThawing(chain);
  await next(world);
  expect(world.status().thaw).toMatchObject({ state: 'Coming', nextRunTime: '2026-01-01T04:30:05Z' });
  expect(await next(world)).toBe(false);
  world.pass(30 * minute);
  expect(await next(world)).toBe(true);
  ready = true;
  world.pass(30 * minute);
  await next(world);
  expect(world.status().thaw).toMatchObject({ state: 'Readable', requestedTime: at });
  expect(eventsOf(world).map((told) => told.split(':')[0])).toEqual(['Thawing', 'Thawed']);
});

test('a chain that is not archived is told with those that are', async () => {
  const world = aThawing('orders-run-9');
  await next(world);
  expect(world.status().thaw).toMatchObject({ state: 'NotArchived', reason: 'NotArchived' });
  expect(eventsOf(world)).toEqual([
    'NotArchived: no archived chain is named orders-run-9: archive/ holds orders-run-1',
  ]);
});

test('when the annotation goes, readable copies go, and status forgets the chain', async () => {
  await folder.create(`thawed/${chain}/artifacts/x.backup`, Buffer.from('x'));
  const thaw = { chain, state: 'Readable' as const, reason: 'Thawed', message: '', requestedTime: at, lastRunTime: at };
  const world = aThawing(undefined, {}, { thaw });
  await next(world);
  expect(await Array.fromAsync(folder.list('thawed/'))).toEqual([]);
  expect(world.status()).not.toHaveProperty('thaw');
  expect(eventsOf(world)).toEqual([`ThawEnded: chain ${chain} is asked for no more`]);
});

test('trouble gives the lock back, says why, and comes back by itself', async () => {
  bucket.store = {
    ...bucket.store,
    list: () => {
      throw new BackupError('StorageUnreachable', 'transient', 'no answer');
    },
  };
  const world = aThawing(chain);
  await next(world);
  expect(world.status()).toMatchObject({
    thaw: { chain, reason: 'StorageUnreachable', notBefore: '2026-01-01T04:10:05Z' },
  });
  expect(world.status()).not.toHaveProperty('activeRun');
  expect(await next(world)).toBe(false);
  world.pass(10 * minute);
  expect(await next(world)).toBe(true);
});

test('on a claim, a pod looks, and its answer is what counts', async () => {
  const storage = { type: 'pvc', pvc: { name: 'backups' } };
  const world = aThawing(chain, { spec: { storage } });
  await next(world);
  const [job] = world.jobs();
  if (!job) throw new Error('no Job was made');
  expect(job.metadata.name).toBe('nightly-thaw');
  const env = job.spec?.template?.spec?.containers?.[0]?.env ?? [];
  const plan = agentPlanSchema.parse(JSON.parse(env.find(({ name }) => name === agentEnv.plan)?.value ?? ''));
  expect(plan).toMatchObject({ verb: 'thaw', thaw: { chain } });
  const thaw = {
    chain,
    state: 'Readable' as const,
    message: 'it is there',
    objects: 1,
    readable: 1,
    folder: 'archive/x/',
  };
  endJob(world, job, aResult({ verb: 'thaw', run: plan.run, thaw }));
  await next(world);
  expect(world.status().thaw).toMatchObject({ state: 'Readable', message: 'it is there' });
  expect(world.jobs()).toEqual([]);
});
