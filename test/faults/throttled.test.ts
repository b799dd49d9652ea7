import type { ObjectStore } from '@holdfast/storage';
import type { Manifest } from '@holdfast/types';
import { expect } from 'vitest';
import type { FaultAction, Faults, ProxiedRequest } from '../cluster/proxy/faults.ts';
import { rateLimited, serverBusy } from '../cluster/store/slow-down.ts';
import { wantsGcs } from '../cluster/store/start-gcs.ts';
import type { StoreEvent } from '../cluster/store/store-events.ts';
import { brokenPromises } from '../journeys/broken-promises.ts';
import { contentsOf, disagreements, openContainer, openGoogleBucket } from '../journeys/contents.ts';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import { namespace, type Scene } from './scene.ts';

const gcs = wantsGcs('a store of Google that asks to slow down');
const fault = faultsOn({ gcs });
const bucket = 'throttled';
const outcome = 'each is tried again; exactly what the policy wants is left; no half chain at any instant';

/** A store of another kind than S3, and its words for "too many requests". */
interface Throttled {
  readonly type: 'azure' | 'gcs';
  readonly busy: FaultAction;
  readonly faults: Faults;
  readonly store: ObjectStore;
  readonly diary: () => Promise<StoreEvent[]>;
  readonly isSweep: (request: ProxiedRequest) => boolean;
}

fault(
  'a container of Azure that asks to slow down gets its removals later, chain by chain',
  {
    long: true,
    scenario: 'S3',
    done: 'every third listing and deletion is answered with 503 ServerBusy while retention removes three chains',
    outcome,
  },
  async (scene) => {
    const { azure } = scene.cluster.stores;
    await azure.makeContainer(bucket);
    await sweepThrottled(scene, {
      type: 'azure',
      busy: serverBusy,
      faults: azure.faults,
      store: await openContainer(scene.cluster, bucket),
      diary: () => azure.eventLog(),
      isSweep: ({ method, query }) => method === 'DELETE' || ['list', 'batch'].includes(query.get('comp') ?? ''),
    });
  },
);

fault(
  'a bucket of Google that asks to slow down gets its removals later, chain by chain',
  {
    long: true,
    scenario: 'S3',
    done: 'every third listing and deletion is answered with 429 rateLimitExceeded while retention removes three chains',
    outcome,
    leftOut: !gcs,
  },
  async (scene) => {
    const google = scene.cluster.stores.gcs;
    if (!google) throw new Error('the cluster has no store of Google');
    await google.makeBucket(bucket);
    await sweepThrottled(scene, {
      type: 'gcs',
      busy: rateLimited,
      faults: google.faults,
      store: openGoogleBucket(scene.cluster, bucket),
      diary: () => google.eventLog(),
      isSweep: ({ method, path }) => method === 'DELETE' || (method === 'GET' && path.endsWith('/o')),
    });
  },
);

async function sweepThrottled(scene: Scene, { type, busy, faults, store, diary, isSweep }: Throttled): Promise<void> {
  const name = `on-${type}`;
  const storage = { type, bucket };
  await scene.create(name, { storage, options: { backupType: 'FULL' }, retention: { maxCount: 10 } });
  await scene.untilSettled(name);
  for (const token of ['two', 'three', 'four']) {
    await atRest(scene, name);
    await scene.request(name, token);
    await until(async () => (await scene.status(name)).lastRunTokens?.includes(token), { saying: `run ${token}` });
  }
  await atRest(scene, name);
  const folder = `${namespace}/${name}`;
  const { manifests } = await contentsOf(store, folder);
  expect(runsOf(manifests)).toBe(4);

  let asked = 0;
  let throttled = 0;
  const end = faults.always(busy, (request) => {
    if (!isSweep(request) || (asked += 1) % 3 !== 1) return false;
    throttled += 1;
    return true;
  });
  await scene.patch(name, { spec: { retention: { maxCount: 1, maxDeletePercent: 100 } } });
  const isSwept = async () => (await scene.status(name)).retention?.kept === 1;
  await until(isSwept, { withinMs: 120_000, saying: 'the removals' });
  await atRest(scene, name);
  end();
  expect(throttled).toBeGreaterThan(2);
  expect((await scene.status(name)).retention?.held ?? []).toEqual([]);
  expect(runsOf((await contentsOf(store, folder)).manifests)).toBe(1);
  expect(await disagreements(store, folder)).toEqual([]);
  expect(brokenPromises(await diary(), { bucket, folder, manifests, maxCount: 1 })).toEqual([]);
}

async function atRest(scene: Scene, name: string): Promise<void> {
  await until(async () => (await scene.status(name)).activeRun === undefined, { saying: `a rest of ${name}` });
}

function runsOf(manifests: readonly Manifest[]): number {
  return new Set(manifests.map(({ run }) => run)).size;
}
