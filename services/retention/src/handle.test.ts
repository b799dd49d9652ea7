import { KubeError, resources } from '@holdfast/kube';
import { ManifestMemory } from '@holdfast/storage';
import { BackupError, type ActiveRun } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { namespace } from '../../../packages/access/src/a-world.ts';
import { anEntry } from '../../../packages/core/src/chains/an-entry.ts';
import { aRetaining, bucket, fill, fillWith, history, left, onRemove, run, work } from './a-retention.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-retention.ts')).bucket.store,
}));

beforeEach(fill);

test('what the policy does not keep goes, and the status says what was done', async () => {
  const world = aRetaining();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(await left()).toEqual(['run-3']);
  const { activeRun, retention, phase } = world.status();
  expect(activeRun).toBeUndefined();
  expect(phase).toBe('Scheduled');
  expect(retention).toMatchObject({
    cause: 'the occasion',
    kept: 1,
    removed: 2,
    held: [],
    plan: { run: run.id, removeCount: 2 },
  });
  expect(world.status().history).toEqual(history);
  const told = world.kube.all(resources.events).map(({ reason, message }) => `${reason}: ${message}`);
  expect(told).toEqual([
    `RetentionPlanned: plan ${retention?.plan?.id} removes 2 of 3 chains, 200 B; read it with kubectl neo4jbackup plan nightly -n neo4j`,
    `RetentionApplied: run ${run.id}: 1 restore point kept, 2 artifacts removed`,
  ]);
  expect(retention?.plan).toMatchObject({
    remove: [{ chain: 'full-1', because: 'beyond the newest 1' }, { chain: 'full-2' }],
    keep: [{ chain: 'full-3', because: 'newest 1, newest verified chain' }],
  });
  expect(JSON.stringify(world.status())).not.toMatch(/\d\.\d{3}Z/);
});

test('the plan stands in the status before anything is removed', async () => {
  const world = aRetaining();
  const seen: unknown[] = [];
  onRemove(() => void seen.push(world.status().retention?.plan?.removeCount));
  await work(world);
  expect(new Set(seen)).toEqual(new Set([2]));
});

test('when the lock is lost in the middle, nothing more is removed and nothing is written', async () => {
  const world = aRetaining();
  const other: ActiveRun = { ...run, id: 'another', kind: 'backup', trigger: 'Request', token: 'now' };
  let removals = 0;
  onRemove(() => {
    removals += 1;
    if (removals === 1) world.setStatus({ ...world.status(), activeRun: other });
  });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(await left()).toContain('run-3');
  expect(await left()).toContain('run-2');
  expect(world.status().activeRun).toEqual(other);
  expect(world.status().retention?.lastRunTime).toBeUndefined();
  expect(world.events()).toEqual(['RetentionPlanned']);
});

test('a service that dies in the middle is finished by the next one', async () => {
  for (let last = 1, died = true; died; last += 1) {
    await fill();
    const world = aRetaining();
    let removals = 0;
    died = false;
    const { store } = bucket;
    onRemove(() => {
      removals += 1;
      if (removals !== last) return;
      died = true;
      throw new Error('died');
    });
    await work(world).catch(() => undefined);
    bucket.store = store;
    await work(world);
    expect(await left()).toEqual(['run-3']);
    const artifacts = await Array.fromAsync(bucket.folder.list('artifacts/'), (entry) => entry.key);
    expect(artifacts).toEqual(['artifacts/full-3.backup']);
    expect(await Array.fromAsync(bucket.folder.list('removing/'))).toEqual([]);
    expect(world.status()).toMatchObject({ retention: { cause: 'the occasion' } });
  }
});

test('an unreadable manifest holds everything back, and says which word to look up', async () => {
  await bucket.folder.create('manifests/run-9/orders.json', Buffer.from('{'));
  const world = aRetaining();
  await work(world);
  expect(await left()).toHaveLength(3);
  expect(world.status().retention).toMatchObject({ removed: 0, held: [{ reason: 'UnreadableManifest' }] });
  expect(world.status().conditions?.find(({ type }) => type === 'RetentionHealthy')).toMatchObject({
    status: 'False',
    reason: 'UnreadableManifest',
  });
});

test('a store that refuses gives the lock back and is looked at again in an hour', async () => {
  onRemove(() => {
    throw new BackupError('StorageDenied', 'terminal', 'bucket "backups" denies DeleteObject');
  });
  const world = aRetaining();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().retention).toMatchObject({
    held: [{ reason: 'StorageDenied', message: 'bucket "backups" denies DeleteObject' }],
    nextExpiry: '2026-01-01T05:00:06Z',
  });
  expect(world.events()).toEqual(['RetentionPlanned', 'RetentionHeld']);
});

test('trouble with the API is for the queue to repeat', async () => {
  const world = aRetaining();
  world.kube.failNext('replaceStatus', new KubeError('transient', 'busy'));
  await expect(work(world)).rejects.toThrow('busy');
  expect(await left()).toHaveLength(3);
  await work(world);
  expect(await left()).toEqual(['run-3']);
});

test('a service that comes back to a folder reads the manifests that are new, and removes what it only remembers', async () => {
  const kept = [{ ...history[0], runId: 'run-4' }] as typeof history;
  const memory = new ManifestMemory();
  const none = { schedule: '0 * * * *', retention: { maxCount: 10, maxDeletePercent: 100 } };
  await work(aRetaining({ spec: none }), memory);
  expect(await left()).toHaveLength(3);
  await fillWith([4]);
  const read: string[] = [];
  const { store } = bucket;
  bucket.store = { ...store, read: (name, options) => (read.push(name), store.read(name, options)) };
  const world = aRetaining({ at: '2026-01-01T09:00:00Z', status: { activeRun: run, history: kept } });
  await work(world, memory);
  expect(read.filter((name) => name.includes('/manifests/'))).toEqual([expect.stringContaining('/run-4/')]);
  expect(await left()).toEqual(['run-4']);
});

test('without a policy, or without the run, nothing is removed', async () => {
  const without = aRetaining({ spec: { schedule: '0 * * * *' } });
  await work(without);
  expect(without.status()).toMatchObject({ retention: { held: [{ reason: 'RetentionFailed' }] } });
  expect(without.status().activeRun).toBeUndefined();
  await work(aRetaining({ status: { history } }));
  await work(aRetaining({ status: { activeRun: { ...run, phase: 'Recorded' }, history } }));
  expect(await left()).toHaveLength(3);
});

test('a Secret that is missing holds back and does not keep the lock', async () => {
  const world = aRetaining();
  await world.kube.remove(resources.secrets, { namespace, name: 'keys' }, { propagation: 'Background' });
  await work(world);
  expect(world.status()).toMatchObject({ retention: { held: [{ reason: 'CredentialsMissing' }] } });
  expect(world.status().activeRun).toBeUndefined();
});

test('a listing without the newest success is not whole, so nothing is removed', async () => {
  const { store } = bucket;
  bucket.store = {
    ...store,
    async *list(prefix, signal) {
      for await (const entry of store.list(prefix, signal)) if (!entry.key.includes('run-3')) yield entry;
    },
  };
  const world = aRetaining();
  await work(world);
  bucket.store = store;
  expect(await left()).toHaveLength(3);
  expect(world.status().retention).toMatchObject({ removed: 0, held: [{ reason: 'EmptyListing' }] });
  expect(world.status().history).toEqual(history);
});

test('an empty listing finishes no earlier removal either', async () => {
  const { manifest } = anEntry({ artifact: 'full-1', hour: 1 });
  await bucket.folder.create('removing/run-1/orders.json', Buffer.from(JSON.stringify(manifest)));
  const { store } = bucket;
  bucket.store = {
    ...store,
    async *list(prefix, signal) {
      if (!prefix.endsWith('manifests/')) yield* store.list(prefix, signal);
    },
  };
  const world = aRetaining();
  await work(world);
  bucket.store = store;
  expect(await left()).toHaveLength(3);
  expect(await bucket.folder.head('artifacts/full-1.backup')).toBeDefined();
  expect(world.status().retention).toMatchObject({ held: [{ reason: 'EmptyListing' }] });
});
