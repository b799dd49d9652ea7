import { resources } from '@holdfast/kube';
import { openMemory } from '@holdfast/storage';
import { beforeEach, expect, test, vi } from 'vitest';
import { aResult, dying, endJob, namespace } from '../../../packages/access/src/a-world.ts';
import {
  aRunningWorld,
  bucket,
  folder,
  leaveArtifacts,
  leaveResult,
  onlyJob,
  removed,
  run,
  started,
  startedOnClaim,
  work,
} from './a-worker.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-worker.ts')).bucket.store,
}));

beforeEach(() => {
  bucket.store = openMemory({ place: 'bucket "backups"' });
});

test('a result that agrees with the store is a success, told in whole seconds', async () => {
  const world = await started();
  await leaveArtifacts('orders', 'system');
  endJob(world, onlyJob(world), aResult());
  expect(await work(world)).toEqual({ kind: 'done' });
  const { activeRun, history, phase, lastSuccessTime, conditions } = world.status();
  expect(activeRun).toBeUndefined();
  expect(phase).toBe('Scheduled');
  expect(lastSuccessTime).toBe('2026-03-01T02:01:10Z');
  expect(history).toHaveLength(1);
  expect(history?.[0]).toMatchObject({
    runId: run.id,
    status: 'Succeeded',
    startTime: '2026-03-01T02:00:10Z',
    completionTime: '2026-03-01T02:01:10Z',
  });
  expect(conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({ status: 'True' });
  expect(JSON.stringify(world.status())).not.toMatch(/\d\.\d{3}Z/);
});

test.each([
  ['nonsense', { schedule: 'at two in the night' }],
  ['a store that does not exist', { storage: { type: 's3', bucket: 'elsewhere', path: 'another' } }],
])('a spec that was edited into %s in mid-run does not change how the attempt ends', async (_, edit) => {
  const world = await started();
  await leaveArtifacts('orders', 'system');
  const { spec, ...backup } = world.backup();
  world.kube.put(resources.backups, { ...backup, spec: { ...spec, ...edit } });
  endJob(world, onlyJob(world), aResult());
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Succeeded', reason: 'Succeeded' });
});

test('an attempt that failed is not repeated by a spec that cannot be read', async () => {
  const world = await started();
  const { spec, ...backup } = world.backup();
  world.kube.put(resources.backups, { ...backup, spec: { ...spec, schedule: 'at two in the night' } });
  endJob(world, onlyJob(world), aResult({ outcome: 'Failed', reason: 'EngineFailed', retry: 'retry' }));
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'EngineFailed' });
});

test('a worker may die at any call, before or after the server heard of it: one Job, one result', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1, died = true; died; at += 1) {
      bucket.store = openMemory();
      await leaveArtifacts('orders', 'system');
      const world = aRunningWorld();
      const mortal = dying(world.kube, at, when);
      const uids = new Set<string>();
      for (let round = 0; round < 12 && world.status().activeRun; round += 1) {
        await work(world, mortal.dead() ? world.kube : mortal.kube).catch(() => undefined);
        for (const job of world.jobs()) {
          uids.add(job.metadata.uid);
          if (!job.status && world.status().activeRun?.phase === 'Starting') endJob(world, job, aResult());
        }
        world.pass(5_000);
      }
      died = mortal.dead();
      const { activeRun, history } = world.status();
      expect({ when, at, activeRun, jobs: uids.size, runs: history?.map(({ status }) => status) }).toEqual({
        when,
        at,
        activeRun: undefined,
        jobs: 1,
        runs: ['Succeeded'],
      });
    }
  }
});

test('a success that the store does not confirm is a failure', async () => {
  const world = await started();
  await leaveArtifacts('orders', 'system');
  await folder().remove(`artifacts/orders-${run.id}.backup`);
  endJob(world, onlyJob(world), aResult());
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'ArtifactMissing' });
});

test('a success without manifests is none', async () => {
  const world = await started();
  await leaveArtifacts('orders');
  endJob(world, onlyJob(world), aResult());
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
});

test('a pod that was killed is tried again, as another attempt with another Job', async () => {
  const world = await started();
  endJob(world, onlyJob(world), undefined, 'Failed');
  await work(world);
  const { activeRun, history } = world.status();
  expect(activeRun).toMatchObject({ attempt: 2, phase: 'Admitted' });
  expect(history).toBeUndefined();
  const retrying = world.kube.all(resources.events).find(({ reason }) => reason === 'BackupRetrying');
  expect(retrying?.message).toContain('more memory than it may have');
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'RunActive' });
  world.pass(2 * 3_600_000);
  await work(world);
  await work(world);
  expect(onlyJob(world).metadata.annotations).toMatchObject({ 'neo4j.neo4j.com/attempt': '2' });
});

const lostStore = { outcome: 'Failed', reason: 'StorageUnreachable', message: 'the store went away' } as const;

test('an attempt that lost its store waits for it with all others, and nobody has to ask the store for that', async () => {
  const world = await started();
  endJob(world, onlyJob(world), aResult({ ...lostStore, retry: 'retry' }));
  await removed(world, resources.secrets, 'keys');
  await work(world);
  const { activeRun, conditions } = world.status();
  expect(activeRun).toMatchObject({
    attempt: 2,
    phase: 'Admitted',
    waitingFor: { reason: 'StorageUnreachable', message: 'the store went away', triedAt: '2026-03-01T02:00:05Z' },
  });
  expect(conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({
    status: 'False',
    reason: 'StorageUnreachable',
  });
  world.pass(2 * 3_600_000);
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().activeRun).toMatchObject({ attempt: 2, phase: 'Admitted' });
});

test('the last attempt that lost its store says so of the store, too', async () => {
  const world = await started();
  endJob(world, onlyJob(world), aResult({ ...lostStore, retry: 'no' }));
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'StorageUnreachable' });
  const storage = world.status().conditions?.find(({ type }) => type === 'StorageReady');
  expect(storage).toMatchObject({ status: 'False', reason: 'StorageUnreachable', message: 'the store went away' });
});

test('a Job that someone deleted takes no evidence with it', async () => {
  const world = await started();
  await leaveArtifacts('orders', 'system');
  await leaveResult(aResult());
  await removed(world, resources.jobs, 'nightly-backup');
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ runId: run.id, status: 'Succeeded' });
});

test('a Job that went away and left nothing is a failure', async () => {
  const world = await started();
  await removed(world, resources.jobs, 'nightly-backup');
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
});

test('a store that cannot be asked afterwards keeps the run open, and the status says why', async () => {
  const world = await started();
  await leaveArtifacts('orders', 'system');
  endJob(world, onlyJob(world), aResult());
  const [secret] = world.kube.all(resources.secrets);
  await removed(world, resources.secrets, 'keys');
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'CredentialsMissing' });
  expect(world.status().activeRun).toMatchObject({ id: run.id, waitingFor: { reason: 'CredentialsMissing' } });
  if (secret) world.kube.put(resources.secrets, secret);
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Succeeded' });
});

test('an unreadable result beside a lost Job is a failure, not a loop', async () => {
  const world = await started();
  await folder().create(`runs/${run.id}/attempt-1-12345678.json`, Buffer.from('half a docum'));
  await removed(world, resources.jobs, 'nightly-backup');
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
});

test('on a claim, the termination message is evidence enough', async () => {
  const world = await startedOnClaim();
  endJob(world, onlyJob(world), aResult());
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().history?.[0]).toMatchObject({ status: 'Succeeded' });
});

test('on a claim, another pod looks for what a lost Job left', async () => {
  const world = await startedOnClaim();
  await removed(world, resources.jobs, 'nightly-backup');
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'JobRunning' });
  const proof = onlyJob(world);
  expect(proof.metadata.name).toBe('nightly-prove');
  endJob(world, proof, aResult({ verb: 'prove' }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().history?.[0]).toMatchObject({ status: 'Succeeded' });
  expect(world.jobs()).toEqual([]);
});

test('on a claim, a pod that was killed is tried again although the proof found nothing', async () => {
  const world = await startedOnClaim();
  endJob(world, onlyJob(world), undefined, 'Failed');
  await work(world);
  const proof = world.jobs().find(({ metadata }) => metadata.name === 'nightly-prove');
  if (!proof) throw new Error('nobody looks');
  endJob(world, proof, aResult({ verb: 'prove', outcome: 'Failed', reason: 'EvidenceMissing', message: 'nothing' }));
  await work(world);
  expect(world.status().activeRun).toMatchObject({ attempt: 2, phase: 'Admitted' });
});

test('a foreign Job in the place of the proof is left alone and said', async () => {
  const world = await startedOnClaim();
  await removed(world, resources.jobs, 'nightly-backup');
  world.kube.put(resources.jobs, { metadata: { namespace, name: 'nightly-prove' } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'NameTaken' });
  expect(world.status().activeRun?.waitingFor).toMatchObject({ reason: 'NameTaken' });
});
