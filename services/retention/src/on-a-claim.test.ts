import { resources } from '@holdfast/kube';
import { beforeEach, expect, test, vi } from 'vitest';
import { aResult, endJob, namespace } from '../../../packages/access/src/a-world.ts';
import { answerOf, aRetaining, fill, onClaim, onlyJob, run, work } from './a-retention.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-retention.ts')).bucket.store,
}));

beforeEach(fill);

test('on a claim, one pod plans and another removes, with the plan in the status between them', async () => {
  const world = aRetaining(onClaim);
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'JobRunning' });
  endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', {}));
  expect(await work(world)).toMatchObject({ kind: 'again' });
  expect(world.status()).toMatchObject({
    activeRun: { id: run.id, phase: 'Running' },
    retention: { plan: { run: run.id, removeCount: 2 } },
  });
  expect(world.jobs()).toEqual([]);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-sweep'), answerOf('sweep', { removed: 2, reclaimedBytes: 200 }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { kept: 1, removed: 2 } });
  expect(world.status().activeRun).toBeUndefined();
  expect(world.jobs()).toEqual([]);
});

test('on a claim, a plan that removes nothing needs no second pod', async () => {
  const world = aRetaining(onClaim);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', { removeCount: 0, reclaimBytes: 0, kept: 3 }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { kept: 3, removed: 0 } });
});

test.each([
  ['a pod that was killed', undefined, 'RetentionFailed'],
  [
    'a pod that failed',
    aResult({ verb: 'list', run: run.id, outcome: 'Failed', reason: 'UnreadableManifest', message: 'spoilt' }),
    'UnreadableManifest',
  ],
] as const)('on a claim, %s holds back and gives the lock back', async (_what, result, reason) => {
  const world = aRetaining(onClaim);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-list'), result, 'Failed');
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { held: [{ reason }] } });
  expect(world.status().activeRun).toBeUndefined();
});

test('on a claim, a foreign Job of our name is left alone and said', async () => {
  const world = aRetaining(onClaim);
  world.kube.put(resources.jobs, { metadata: { namespace, name: 'nightly-list' } });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { held: [{ reason: 'NameTaken' }] } });
  expect(world.jobs()).toHaveLength(1);
});
