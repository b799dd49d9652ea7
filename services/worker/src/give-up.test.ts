import { openLog } from '@holdfast/runtime';
import { expect, test, vi } from 'vitest';
import { key, type World } from '../../../packages/access/src/a-world.ts';
import { aRunningWorld, started } from './a-worker.ts';
import { giveUp } from './give-up.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-worker.ts')).bucket.store,
}));

test('a run without a Job fails with the reason of the ring that was given up, and says so', async () => {
  const world = aRunningWorld();
  await give(world);
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'UnexpectedError', error: 'why' });
  expect(world.events()).toContain('BackupFailed');
});

test('a run whose Job is at work is left to its end', async () => {
  const world = await started();
  await give(world);
  expect(world.status().activeRun?.phase).toBe('Starting');
});

test('a ring for a backup that has gone, or has no run, changes nothing', async () => {
  const world = aRunningWorld({ status: {} });
  await give(world);
  await give(world, 'nobody');
  expect(world.status().history).toBeUndefined();
});

function give(world: World, name = key.name): Promise<void> {
  const log = openLog('worker', { now: world.now }, { destination: { write() {} } });
  const ring = { v: 1, namespace: key.namespace, name } as const;
  return giveUp({ queue: 'backup', ring, reason: 'UnexpectedError', message: 'why' }, { ...world.hands, log });
}
