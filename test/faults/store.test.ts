import { expect, onTestFinished } from 'vitest';
import type { ProxiedRequest } from '../cluster/proxy/faults.ts';
import { slowDown } from '../cluster/store/slow-down.ts';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import type { Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn();
const minute = 60_000;

fault(
  'a store that asks to slow down gets its removals later, chain by chain',
  {
    long: true,
    scenario: 'S3',
    done: 'every third listing and deletion is answered with 503 SlowDown while retention removes four chains',
    outcome: 'each is tried again; exactly what the policy wants is left; no half chain at any instant',
  },
  async (scene) => {
    const { s3 } = scene.cluster.stores;
    await fourChains(scene, 'throttled');
    let asked = 0;
    s3.faults.next(8, slowDown, (request) => isSweep(request) && asked++ % 3 === 0);
    await scene.patch('throttled', { spec: { retention: { maxCount: 1, maxDeletePercent: 100 } } });
    await until(async () => (await runsIn(scene, 'throttled')).size === 1, { saying: 'the removals' });
    await until(async () => (await scene.status('throttled')).activeRun === undefined, { saying: 'the end' });
    expect((await scene.status('throttled')).retention?.held ?? []).toEqual([]);
  },
);

fault(
  'a store that refuses every removal holds retention back with a reason, and it is made up for later',
  {
    long: true,
    scenario: 'S3',
    done: 'deletions are answered with 503 SlowDown for longer than anybody tries again',
    outcome:
      'RetentionHealthy is False with the reason, the lock is given back; an hour later everything goes as planned',
  },
  async (scene) => {
    const { stores, clock } = scene.cluster;
    await fourChains(scene, 'refused');
    onTestFinished(stores.s3.faults.always(slowDown, isRemoval));
    await scene.patch('refused', { spec: { retention: { maxCount: 1, maxDeletePercent: 100 } } });
    const held = async () => (await scene.status('refused')).retention?.held?.[0];
    expect((await until(held, { withinMs: 90_000, saying: 'the hold' })).message).not.toBe('');
    const atRest = async () => (await scene.status('refused')).activeRun === undefined;
    await until(atRest, { withinMs: 90_000, saying: 'the end of the retention run' }); // maybe a second one, for the edited policy
    stores.s3.faults.clear();
    // A run that was still under way holds for another hour, counted from its own end.
    const removed = async () => {
      if (await atRest()) clock.advance(61 * minute);
      return (await runsIn(scene, 'refused')).size === 1;
    };
    await until(removed, { everyMs: 3_000, withinMs: 90_000, saying: 'the removals' });
    await until(async () => (await held()) === undefined, { saying: 'the end of the hold' });
  },
);

/** Four FULLs, and a policy that keeps them all. */
async function fourChains(scene: Scene, name: string): Promise<void> {
  await scene.create(name, { options: { backupType: 'FULL' }, retention: { maxCount: 10 } });
  await scene.untilSettled(name);
  for (const token of ['two', 'three', 'four']) {
    const before = (await scene.status(name)).history?.length ?? 0;
    await scene.request(name, token);
    await until(async () => ((await scene.status(name)).history?.length ?? 0) > before, { saying: `run ${token}` });
  }
  await until(async () => (await scene.status(name)).activeRun === undefined, { saying: 'a rest' });
  expect((await runsIn(scene, name)).size).toBe(4);
}

/** Runs that have a manifest in the store. */
async function runsIn(scene: Scene, name: string): Promise<Set<string | undefined>> {
  const runs = new Set<string | undefined>();
  const folder = `${folderName(await scene.backup(name))}/manifests/`;
  for await (const { key } of scene.stores.bucket.list(folder)) runs.add(key.slice(folder.length).split('/')[0]);
  return runs;
}

function isRemoval({ method, query }: ProxiedRequest): boolean {
  return method === 'DELETE' || (method === 'POST' && query.has('delete'));
}

/** What the test itself asks of the bucket shall not use the faults up. */
function isSweep(request: ProxiedRequest): boolean {
  const lists = request.method === 'GET' && request.query.get('list-type') === '2';
  return isRemoval(request) || (lists && !(request.query.get('prefix') ?? '').endsWith('/manifests/'));
}
