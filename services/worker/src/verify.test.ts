import { openMemory, type ObjectStore } from '@holdfast/storage';
import { BackupError, type ActiveRun, type AgentResult, type Status } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { aResult, anAdmittedRun, aWorld, dying, endJob, type World } from '../../../packages/access/src/a-world.ts';
import { bucket, folder, leaveArtifacts, onClaim, onlyJob, run as backupRun, schedule, work } from './a-worker.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-worker.ts')).bucket.store,
}));

const key = (database: string) => `artifacts/${database}-${backupRun.id}.backup`;
const run: ActiveRun = {
  ...anAdmittedRun({ id: 'v0123456789-1a2b3c4d', kind: 'verify', trigger: 'Verification' }),
  round: '2026-03-01T02:00:00Z',
};
const restorePoint = { time: '2026-03-01T01:00:00Z', transaction: 10, chain: `orders-${backupRun.id}` };
const answered = { lastSlotTime: '2026-03-01T02:00:00Z' };

beforeEach(() => {
  bucket.store = openMemory({ place: 'bucket "backups"', now: () => new Date('2026-03-01T02:00:05Z') });
});

function aVerifyingWorld(told: { spec?: Record<string, unknown>; status?: Status } = {}): World {
  return aWorld({ spec: told.spec ?? schedule, status: { activeRun: run, ...answered, ...told.status } });
}

const verified = (world: World) => world.status().conditions?.find(({ type }) => type === 'Verified');

test('everything is read back where the store can be opened here, and the run is over', async () => {
  await leaveArtifacts('orders', 'system');
  const world = aVerifyingWorld({ status: { restorePoint } });
  expect(await work(world)).toEqual({ kind: 'done' });
  const { activeRun, verification, history, restorePoint: point } = world.status();
  expect(activeRun).toBeUndefined();
  expect(history).toBeUndefined();
  expect(verification).toMatchObject({ reason: 'Verified', proven: 2, remaining: 0, provenSince: run.round });
  expect(point).toMatchObject({ ...restorePoint, verifiedTime: '2026-03-01T02:00:05Z' });
  expect(verified(world)).toMatchObject({ status: 'True' });
  expect(world.events()).toContain('VerificationCompleted');
});

test('what is missing is marked and told once, and the restore point moves away from it', async () => {
  await leaveArtifacts('orders', 'system');
  await folder().remove(key('orders'));
  const world = aVerifyingWorld({ status: { restorePoint } });
  await work(world);
  expect(world.status().verification).toMatchObject({ reason: 'VerificationFailed', damagedCount: 1 });
  expect(world.status().restorePoint?.chain).toBe(`system-${backupRun.id}`);
  expect(verified(world)).toMatchObject({ status: 'False', reason: 'ArtifactMissing' });
  const told = () => world.events().filter((reason) => reason === 'ChainBroken');
  expect(told()).toHaveLength(1);
  const again = { ...run, id: 'v9999999999-1a2b3c4d', round: '2026-03-01T02:00:04Z' };
  world.setStatus({ ...world.status(), activeRun: again });
  await work(world);
  expect(world.status().verification).toMatchObject({ damagedCount: 1 });
  expect(told()).toHaveLength(1);
});

test('a due slot goes first: the run ends before it reads, and its round goes on later', async () => {
  await leaveArtifacts('orders');
  const world = aVerifyingWorld({ status: { lastSlotTime: '2026-02-28T02:00:00Z' } });
  const due = { ...run, recordedAt: '2026-03-01T01:30:00Z', round: '2026-03-01T01:30:00Z' };
  world.setStatus({ ...world.status(), activeRun: due });
  await work(world);
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().verification).toMatchObject({
    unfinished: true,
    round: '2026-03-01T01:30:00Z',
    remaining: 1,
    reason: 'VerificationUnfinished',
  });
});

test('a store that refuses does not keep the folder: the run is over, and tried again in an hour', async () => {
  const denied = new BackupError('StorageDenied', 'terminal', 'the bucket refuses the key');
  const list: ObjectStore['list'] = () => {
    throw denied;
  };
  bucket.store = { ...openMemory(), list };
  const world = aVerifyingWorld();
  await work(world);
  expect(world.status().verification).toMatchObject({
    unfinished: true,
    reason: 'StorageDenied',
    notBefore: '2026-03-01T03:00:05Z',
  });
  expect(world.events()).toContain('VerificationHeld');
});

test('a store that only pods see is read by a pod, slice by slice', async () => {
  const world = aVerifyingWorld({ spec: onClaim });
  const slice = { proven: 5, remaining: 3, unread: 0, spoiled: 0, unreadable: 0, bytes: 10 };
  const told = (verification: AgentResult['verification']) =>
    aResult({
      verb: 'prove',
      run: run.id,
      verification,
      folder: { whole: 1, broken: 0, damaged: [], damagedCount: 0 },
    });
  expect(await work(world)).toMatchObject({ kind: 'again' });
  const plan = JSON.stringify(onlyJob(world));
  expect(plan).toContain('\\"verb\\":\\"prove\\"');
  expect(plan).toContain(`\\"round\\":\\"${run.round}\\"`);
  endJob(world, onlyJob(world), told(slice));
  expect(await work(world)).toMatchObject({ kind: 'again' });
  expect(world.status().activeRun?.phase).toBe('Running');
  expect(await work(world)).toMatchObject({ kind: 'again' });
  endJob(world, onlyJob(world), told({ ...slice, proven: 8, remaining: 0 }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().verification).toMatchObject({ proven: 8, reason: 'Verified' });
});

test('a worker may die at any call: the next one comes to the same end, and nothing is told twice', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1, died = true; died; at += 1) {
      bucket.store = openMemory({ now: () => new Date('2026-03-01T02:00:05Z') });
      await leaveArtifacts('orders', 'system');
      await folder().remove(key('orders'));
      const world = aVerifyingWorld();
      const mortal = dying(world.kube, at, when);
      for (let round = 0; round < 5 && world.status().activeRun; round += 1)
        await work(world, mortal.dead() ? world.kube : mortal.kube).catch(() => undefined);
      died = mortal.dead();
      const { activeRun, verification } = world.status();
      expect({ when, at, activeRun, damaged: verification?.damagedCount, proven: verification?.proven }).toEqual({
        when,
        at,
        activeRun: undefined,
        damaged: 1,
        proven: 1,
      });
    }
  }
});

test('a spec that was edited into something refused ends the run and says so', async () => {
  const world = aVerifyingWorld({ spec: { ...schedule, timeZone: 'Mars/Olympus' } });
  await work(world);
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().verification).toMatchObject({ reason: 'SpecInvalid' });
});

test('a folder that another cluster has taken over is not read through, and nothing is marked in it', async () => {
  await leaveArtifacts('orders');
  await folder().remove(key('orders'));
  const time = '2026-01-01T00:00:00Z';
  const record = { v: 1, clusterId: 'another', namespace: 'prod', name: 'hourly', backupUid: 'uid', time };
  await folder().create('owner.json', Buffer.from(JSON.stringify(record)));
  const world = aVerifyingWorld();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().verification).toMatchObject({ reason: 'FolderOwnedElsewhere' });
  expect(await Array.fromAsync(folder().list('suspect/'))).toEqual([]);
});
