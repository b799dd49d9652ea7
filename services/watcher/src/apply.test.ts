import { KubeError, resources } from '@holdfast/kube';
import { openMemoryQueue } from '@holdfast/queue';
import { expect, test } from 'vitest';
import { anAdmittedRun, aWorld, dying, namespace, putBackup, uid } from '../../../packages/access/src/a-world.ts';
import { aWatcher, wide } from './a-watcher.ts';

const spec = { schedule: '0 2 * * *' };
const run = anAdmittedRun();
const minute = 60_000;

test('a due slot is recorded, admitted and rung in one look', async () => {
  const world = aWorld({ spec });
  const { look, queue } = aWatcher(world);
  await look();
  expect(world.status()).toMatchObject({
    phase: 'Pending',
    lastSlotTime: '2026-03-01T02:00:00Z',
    activeRun: { id: run.id, phase: 'Admitted', attempt: 1 },
  });
  expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
  expect(world.events()).toEqual(['BackupScheduled']);
});

test('looking again changes nothing and rings again, in case the queue forgot', async () => {
  const world = aWorld({ spec });
  const { look, queue } = aWatcher(world);
  await look();
  const before = world.backup();
  queue.forget();
  await look();
  expect(world.backup()).toEqual(before);
  expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
});

test('a cache from before the run never starts a second one', async () => {
  const world = aWorld({ spec });
  const { look, seen, queue } = aWatcher(world);
  const old = await seen();
  await look();
  const recorded = world.backup();
  await look(undefined, old);
  expect(world.backup()).toEqual(recorded);
  const { activeRun: _over, ...status } = world.status();
  world.setStatus(status);
  queue.forget();
  await look(undefined, old);
  expect(world.status().activeRun).toBeUndefined();
  expect(await queue.depth('backup')).toMatchObject({ waiting: 0 });
});

const beforeTheSlot = '2026-03-01T01:00:00Z';

test('a cache of a deleted object never touches the one that took its name', async () => {
  const world = aWorld({ spec, at: beforeTheSlot });
  const { look, seen } = aWatcher(world);
  const old = await seen();
  const { apiVersion, kind, spec: wish } = world.backup();
  await world.kube.remove(resources.backups, { namespace, name: 'nightly' }, { propagation: 'Background' });
  const metadata = { namespace, name: 'nightly', uid: 'another', creationTimestamp: beforeTheSlot };
  world.kube.put(resources.backups, { apiVersion, kind, metadata, spec: wish });
  await look(undefined, old);
  expect(world.backup().metadata.uid).toBe('another');
  expect(world.status()).toEqual({});
});

test('what is really there is never answered with more than what was decided', async () => {
  const world = aWorld({ spec, at: beforeTheSlot });
  const { look, seen } = aWatcher(world);
  const old = await seen();
  putBackup(world.kube, { spec, annotations: { 'neo4j.neo4j.com/run': 'now' } });
  await look(undefined, old);
  expect(world.status()).toEqual({});
  await look();
  expect(world.status().activeRun).toMatchObject({ trigger: 'Request' });
});

test('two watchers that look at once record one run', async () => {
  const world = aWorld({ spec });
  const queue = openMemoryQueue({ now: world.now });
  const watchers = [aWatcher(world, { queue }), aWatcher(world, { queue })];
  await Promise.all(watchers.map(({ look }) => look()));
  expect(world.status().activeRun).toMatchObject({ id: run.id, phase: 'Admitted' });
  expect(world.status().history).toBeUndefined();
  expect(world.events()).toEqual(['BackupScheduled']);
  expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
});

test('a watcher may die at any call, before or after the server heard of it: one run, and it rings in the end', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1, died = true; died; at += 1) {
      const world = aWorld({ spec });
      const queue = openMemoryQueue({ now: world.now });
      const mortal = dying(world.kube, at, when);
      await aWatcher(world, { queue, kube: mortal.kube })
        .look()
        .catch(() => undefined);
      await aWatcher(world, { queue }).look();
      died = mortal.dead();
      expect(world.status().activeRun).toMatchObject({ id: run.id, phase: 'Admitted', attempt: 1 });
      expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
    }
  }
});

test('while the queue is down, the run stays due and rings when it is back', async () => {
  const world = aWorld({ spec });
  const { look, queue } = aWatcher(world);
  queue.setUp(false);
  await expect(look()).rejects.toThrow('down');
  expect(world.status().activeRun).toMatchObject({ phase: 'Admitted' });
  expect(world.events()).toEqual(['BackupScheduled']);
  queue.setUp(true);
  await look();
  expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
});

test('a second run of the same target waits, says so, and starts when the first is over', async () => {
  const world = aWorld({ spec });
  putBackup(world.kube, { name: 'other', spec });
  const { look, queue, hands, seen } = aWatcher(world, { limits: { ...wide, perTarget: 1 } });
  await look('nightly');
  await look('other');
  expect(world.status('other')).toMatchObject({
    phase: 'Pending',
    activeRun: { phase: 'Recorded', waitingFor: { reason: 'WaitingForPlace' } },
  });
  expect(await queue.depth('backup')).toMatchObject({ waiting: 1 });
  expect([...hands.places.waiting()]).toEqual([]);
  hands.places.follow(`${namespace}/other`, (await seen('other')).backup);
  expect([...hands.places.waiting()]).toEqual([['WaitingForPlace', 1]]);

  const { activeRun: _over, ...status } = world.status('nightly');
  world.setStatus(status, 'nightly');
  expect(hands.places.follow(`${namespace}/nightly`, (await seen('nightly')).backup)).toEqual([`${namespace}/other`]);
  await look('other');
  expect(world.status('other').activeRun).toMatchObject({ phase: 'Admitted' });
  expect(await queue.depth('backup')).toMatchObject({ waiting: 2 });
});

test('a place is given back when it could not be written down', async () => {
  const world = aWorld({ spec });
  putBackup(world.kube, { name: 'other', spec });
  const { look } = aWatcher(world, { limits: { ...wide, perTarget: 1 } });
  world.kube.failNext('replaceStatus', new KubeError('transient', 'the server is busy'));
  await expect(look('nightly')).rejects.toThrow('busy');
  await look('other');
  expect(world.status('other').activeRun).toMatchObject({ phase: 'Admitted' });
  await look('nightly');
  expect(world.status('nightly').activeRun).toMatchObject({ phase: 'Recorded' });
});

test('trouble with a write that asked for no place costs the run none', async () => {
  const world = aWorld({ spec, status: { activeRun: { ...run, phase: 'Starting' } }, at: '2026-03-01T02:20:00Z' });
  putBackup(world.kube, { name: 'other', spec });
  const { look } = aWatcher(world, { limits: { ...wide, perTarget: 1 } });
  world.kube.put(resources.jobs, anOwnJob());
  world.kube.failNext('replaceStatus', new KubeError('transient', 'the server is busy'));
  await expect(look('nightly')).rejects.toThrow('busy');
  await look('other');
  expect(world.status('other').activeRun).toMatchObject({ phase: 'Recorded' });
});

function anOwnJob(status?: object) {
  const marks = { 'neo4j.neo4j.com/run-id': run.id, 'neo4j.neo4j.com/attempt': '1' };
  return {
    metadata: {
      namespace,
      name: 'nightly-backup',
      uid: 'job-1',
      creationTimestamp: '2026-03-01T02:00:05Z',
      labels: { ...marks, 'neo4j.neo4j.com/backup-uid': uid },
      annotations: marks,
      finalizers: ['test/foreground'],
    },
    ...(status && { status }),
  };
}

test('a run whose pod never starts loses its Job and is settled', async () => {
  const world = aWorld({ spec, status: { activeRun: { ...run, phase: 'Starting' } } });
  world.kube.put(resources.jobs, anOwnJob());
  const { look } = aWatcher(world);
  world.pass(20 * minute);
  await look();
  expect(world.jobs()[0]?.metadata.deletionTimestamp).toBeDefined();
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().history).toMatchObject([{ runId: run.id, status: 'Failed', reason: 'StartDeadlineExceeded' }]);
  expect(world.events()).toEqual(['BackupFailed']);
});

test('a cache that lags behind does not cost a running run its Job', async () => {
  const world = aWorld({ spec, status: { activeRun: { ...run, phase: 'Starting' } } });
  world.kube.put(resources.jobs, anOwnJob());
  const { look, seen } = aWatcher(world);
  const old = await seen();
  world.kube.put(resources.jobs, anOwnJob({ active: 1, ready: 1, startTime: '2026-03-01T02:00:06Z' }));
  world.pass(20 * minute);
  await look(undefined, old);
  expect(world.jobs()[0]?.metadata.deletionTimestamp).toBeUndefined();
  expect(world.status().activeRun).toMatchObject({ id: run.id });
});

test('a Job of another run is not removed with the one that expired', async () => {
  const world = aWorld({ spec, status: { activeRun: run } });
  const { metadata } = anOwnJob();
  const marks = { 'neo4j.neo4j.com/run-id': 'another', 'neo4j.neo4j.com/attempt': '1' };
  world.kube.put(resources.jobs, { metadata: { ...metadata, annotations: marks } });
  world.pass(25 * 60 * minute);
  await aWatcher(world).look();
  expect(world.jobs()[0]?.metadata.deletionTimestamp).toBeUndefined();
  expect(world.status().history?.[0]).toMatchObject({ status: 'Missed' });
});

test('an overdue retention run loses its pods, and its lock', async () => {
  const retaining = anAdmittedRun({ id: 'p1-1a2b3c4d', kind: 'retention', trigger: 'Retention', token: 'why' });
  const { slot: _none, ...activeRun } = retaining;
  const policy = { ...spec, retention: { maxCount: 3 } };
  const world = aWorld({ spec: policy, status: { activeRun, lastSlotTime: '2026-03-01T02:00:00Z' } });
  const { metadata } = anOwnJob();
  const annotations = { 'neo4j.neo4j.com/run-id': activeRun.id, 'neo4j.neo4j.com/attempt': '1' };
  world.kube.put(resources.jobs, { metadata: { ...metadata, name: 'nightly-sweep', annotations } });
  world.pass(2 * 60 * minute);
  await aWatcher(world).look();
  expect(world.jobs()[0]?.metadata.deletionTimestamp).toBeDefined();
  expect(world.status()).toMatchObject({ retention: { held: [{ reason: 'RetentionFailed' }] } });
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().history).toBeUndefined();
});

test('a refused spec is said once, and costs no write afterwards', async () => {
  const world = aWorld({ spec: { schedule: 'not a schedule' } });
  const { look } = aWatcher(world);
  await look();
  expect(world.status()).toMatchObject({ phase: 'Failed' });
  expect(world.events()).toEqual(['SpecInvalid']);
  const before = world.backup();
  await look();
  expect(world.backup()).toEqual(before);
});

test('what triggers look at is noted first, then a difference is recorded once, by whoever looks', async () => {
  const triggers = [{ on: 'TargetUpgrade', backupType: 'FULL' }];
  const world = aWorld({ spec: { ...spec, triggers }, at: beforeTheSlot });
  const { look, seen } = aWatcher(world);
  const looks = async (image: string, generation: number) => {
    const target = { host: { uid: 'servers', image, generation }, databases: [] };
    await look(undefined, { ...(await seen()), target });
  };
  await looks('neo4j:5.26.0', 1);
  expect(world.status()).toMatchObject({ triggers: { targetUpgrade: { image: 'neo4j:5.26.0' } } });
  expect(world.status().activeRun).toBeUndefined();
  await looks('neo4j:2025.10', 2);
  const { activeRun, triggers: remembered } = world.status();
  expect(activeRun).toMatchObject({ trigger: 'Event', event: 'TargetUpgrade', backupType: 'FULL', phase: 'Admitted' });
  expect(remembered).toMatchObject({ targetUpgrade: { image: 'neo4j:2025.10', generation: 2 } });
  const { activeRun: _over, ...status } = world.status();
  world.setStatus(status);
  await looks('neo4j:2025.10', 2);
  await looks('neo4j:5.26.0', 1); // a cache from before
  expect(world.status().activeRun).toBeUndefined();
  expect(world.events()).toEqual(['BackupScheduled']);
});
