import { resources } from '@holdfast/kube';
import { openMemory } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { namespace } from '../../../packages/access/src/a-world.ts';
import { aRunningWorld, bucket, onlyJob, run, schedule, work } from './a-worker.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-worker.ts')).bucket.store,
}));

beforeEach(() => {
  bucket.store = openMemory({ place: 'bucket "backups"' });
});

/** A bucket that does not answer, and how often it was asked. */
function deadBucket(reason: 'StorageUnreachable' | 'StorageDenied' = 'StorageUnreachable'): { asked: number } {
  const counted = { asked: 0 };
  bucket.store = {
    ...openMemory({ place: 'bucket "backups"' }),
    probe: async () => {
      counted.asked += 1;
      throw new BackupError(reason, reason === 'StorageDenied' ? 'terminal' : 'transient', 'it does not answer');
    },
  };
  return counted;
}

test('a store that is away parks the run until it is its turn, and then it is asked once', async () => {
  const dead = deadBucket('StorageDenied');
  const world = aRunningWorld();
  expect(await work(world)).toEqual({ kind: 'done' });
  const waitingFor = { reason: 'StorageDenied', since: '2026-03-01T02:00:05Z', triedAt: '2026-03-01T02:00:05Z' };
  expect(world.status().activeRun?.waitingFor).toMatchObject(waitingFor);
  expect(world.events()).toEqual(['StorageUnavailable']);
  world.pass(60_000);
  expect(await work(world)).toEqual({ kind: 'done' });
  expect([dead.asked, world.jobs()]).toEqual([1, []]);

  const unreachable = deadBucket();
  const isTurn = () => {
    const { activeRun, ...status } = world.status();
    if (!activeRun?.waitingFor) throw new Error('the run waits for nothing');
    const turn = { ...activeRun.waitingFor, tryingSince: world.now().toISOString() };
    world.setStatus({ ...status, activeRun: { ...activeRun, waitingFor: turn } });
  };
  isTurn();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(unreachable.asked).toBe(1);
  const parked = world.status().activeRun?.waitingFor;
  expect(parked).toMatchObject({ reason: 'StorageUnreachable', triedAt: '2026-03-01T02:01:05Z' });
  expect(parked?.tryingSince).toBeUndefined();

  bucket.store = openMemory({ place: 'bucket "backups"' });
  isTurn();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(onlyJob(world).metadata.name).toBe('nightly-backup');
  expect(world.status().activeRun?.waitingFor).toBeUndefined();
});

test('a store that only the pod can reach is not called unknown again while it is known to be away', async () => {
  const cloud = { region: 'eu-west-1', identity: { serviceAccount: 'backups' } };
  const storage = { type: 's3', bucket: 'backups', cloud };
  const said = async (reason: 'StorageUnreachable' | 'CredentialsMissing') => {
    const found = { message: 'so', lastTransitionTime: '2026-03-01T02:00:00Z', observedGeneration: 1 };
    const conditions = [{ type: 'StorageReady' as const, status: 'False' as const, reason, ...found }];
    const world = aRunningWorld({ spec: { ...schedule, storage }, status: { activeRun: run, conditions } });
    world.kube.put(resources.serviceAccounts, { metadata: { namespace, name: 'backups' } });
    await work(world);
    expect(world.status().activeRun?.phase).toBe('Starting');
    return world.status().conditions?.find(({ type }) => type === 'StorageReady')?.status;
  };
  expect(await said('StorageUnreachable')).toBe('False');
  expect(await said('CredentialsMissing')).toBe('Unknown');
});
