import { expect } from 'vitest';
import { until } from '../until.ts';
import { editedInto } from './edited-into.ts';
import { faultsOn } from './fault.ts';
import { jobs, namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn();

/** Stages at which an object goes away, and how its run is brought there. */
const stages: readonly (readonly [
  stage: string,
  name: string,
  reach: (scene: Scene, name: string) => Promise<void>,
])[] = [
  ['queued', 'in-queue', reachQueue],
  ['running', 'at-work', reachWork],
  ['verifying', 'in-proof', reachProof],
  ['in retention', 'in-sweep', reachSweep],
];

for (const [stage, name, reach] of stages) {
  fault(
    `a backup that is deleted while its run is ${stage} goes at once, with its Job, and leaves its artifacts`,
    {
      long: stage === 'verifying',
      scenario: 'K6',
      done: `the object is deleted while its run is ${stage}`,
      outcome:
        'it is gone within seconds, its Job and pod follow, nothing is made anew, nothing in the store is removed',
      allowed: { orphans: ['artifacts/'] }, // of a pod that was ended before it could record them
    },
    async (scene) => {
      const { services, redisLink, client } = scene.cluster;
      await reach(scene, name);
      const backup = await scene.backup(name);
      const before = await keysOf(scene, folderName(backup));
      await scene.remove(name);
      scene.neo4j.disarm();
      await redisLink.reconnect();
      for (const service of services.names) {
        services.start(service);
        services.thaw(service);
      }
      await until(async () => (await client.find(`${jobs}/${name}-backup`)) === undefined, {
        saying: 'the end of the Job',
      });
      await until(async () => (await podsOf(scene, name)).length === 0, { saying: 'the end of its pods' });
      // Whoever rings for it once more finds nothing to do: another backup goes through the same queue afterwards.
      await scene.create(`${name}-next`);
      expect((await scene.untilSettled(`${name}-next`)).status).toBe('Succeeded');
      expect(
        [...scene.notes.jobs.values()].filter(({ backupUid }) => backupUid === backup.metadata.uid).length,
      ).toBeLessThan(2);
      const after = await keysOf(scene, folderName(backup));
      expect(before.filter((key) => !after.includes(key))).toEqual([]);
    },
  );
}

fault(
  'a backup that is deleted and recreated fifty times in a minute loses no data, and the last one runs',
  {
    long: true,
    scenario: 'K7',
    done: 'after a good run the object is deleted and recreated fifty times as fast as it goes',
    outcome:
      'no artifact and no manifest is removed; the last object runs, takes its place in the same folder and keeps what is there (its history begins anew: what the store knows of earlier objects is not read back into status)',
    allowed: { orphans: ['artifacts/'] }, // of pods that were ended before they could record them
  },
  async (scene) => {
    const spec = { options: { backupType: 'FULL' }, retention: { maxCount: 5 } };
    const first = await scene.create('restless', spec);
    await scene.untilSettled('restless');
    await until(async () => (await scene.status('restless')).activeRun === undefined, {
      saying: 'the end of retention',
    });
    const before = await keysOf(scene, folderName(first));
    for (let round = 0; round < 50; round += 1) {
      await scene.remove('restless');
      await scene.create('restless', spec);
    }
    const run = await scene.untilSettled('restless');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('restless')).toBe(1);
    const after = await keysOf(scene, folderName(first));
    expect(before.filter((key) => !after.includes(key))).toEqual([]);
    expect(after.some((key) => key.includes(`/manifests/${run.runId}/`))).toBe(true);
  },
);

fault(
  'a run whose store is edited into another one ends where it began, and the next run uses the new one',
  {
    long: true,
    scenario: 'K8',
    done: 'while the Job runs, spec.storage is edited from a bucket into a claim',
    outcome: 'the run is proven in the bucket and Succeeded; the next one writes a FULL to the claim',
    allowed: { spoiled: ['moved'] }, // its first run lies in another store than its spec names
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    const backup = await scene.create('moved');
    const folder = folderName(backup);
    await scene.untilActive('moved', ({ phase }) => phase === 'Starting');
    const pvc = { name: 'moved-claim', size: '1Gi', storageClass: 'standard' };
    await scene.patch('moved', { spec: { storage: { type: 'pvc', bucket: null, pvc } } });
    const run = await scene.untilSettled('moved');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
    const inBucket = await keysOf(scene, folder);
    expect(inBucket.filter((key) => key.includes(`/manifests/${run.runId}/`))).toHaveLength(2);
    await scene.request('moved', 'after-the-edit');
    const next = await scene.untilSettled('moved', ({ trigger }) => trigger === 'Request');
    expect(next).toMatchObject({ status: 'Succeeded', type: 'FULL' });
    expect(await keysOf(scene, folder)).toEqual(inBucket);
  },
);

editedInto(fault, { what: 'nonsense', name: 'nonsense', edit: { schedule: 'at two in the night' } });

fault(
  'a run whose backup is suspended while it runs ends well, and nothing starts after it',
  {
    long: true,
    scenario: 'K8',
    done: 'while the Job runs, suspend is set; then two slots pass',
    outcome: 'the run is Succeeded; phase Suspended; the slots start nothing',
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    await scene.create('halted', { schedule: '0 * * * *' });
    await scene.request('halted', 'now');
    await scene.untilActive('halted', ({ phase }) => phase === 'Starting');
    await scene.patch('halted', { spec: { suspend: true } });
    expect((await scene.untilSettled('halted')).status).toBe('Succeeded');
    await until(async () => (await scene.status('halted')).phase === 'Suspended', { saying: 'the phase' });
    scene.cluster.clock.advance(2 * 3_600_000);
    // The look that follows the jump has passed when a younger backup has gone all the way.
    await scene.create('witness');
    await scene.untilSettled('witness');
    expect(await scene.jobsOf('halted')).toBe(1);
    expect((await scene.status('halted')).history).toHaveLength(1);
  },
);

async function reachQueue(scene: Scene, name: string): Promise<void> {
  await scene.cluster.services.stop('worker');
  await scene.create(name);
  await scene.untilActive(name, ({ phase }) => phase === 'Admitted');
}

async function reachWork(scene: Scene, name: string): Promise<void> {
  await scene.neo4j.arm({ kind: 'hang', at: 'transfer' });
  await scene.create(name);
  await until(async () => (await podsOf(scene, name)).some(({ status }) => status?.phase === 'Running'), {
    saying: 'the running pod',
  });
}

async function reachProof(scene: Scene, name: string): Promise<void> {
  const { services, client } = scene.cluster;
  await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
  await scene.create(name);
  await scene.untilActive(name, ({ phase }) => phase === 'Starting');
  await services.stop('worker');
  const complete = async () =>
    (await client.find<{ status?: { succeeded?: number } }>(`${jobs}/${name}-backup`))?.status?.succeeded === 1;
  await until(complete, { saying: 'the end of the Job' });
}

async function reachSweep(scene: Scene, name: string): Promise<void> {
  const { services } = scene.cluster;
  await services.stop('retention');
  await scene.create(name, { options: { backupType: 'FULL' }, retention: { maxCount: 1 } });
  await scene.untilSettled(name);
  await scene.untilActive(name, ({ kind }) => kind === 'retention');
}

async function keysOf(scene: Scene, folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of scene.stores.bucket.list(`${folder}/`)) keys.push(key);
  return keys.toSorted();
}

async function podsOf(scene: Scene, name: string): Promise<{ status?: { phase?: string } }[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}-backup`;
  return (await scene.cluster.client.get<{ items: { status?: { phase?: string } }[] }>(path)).items;
}
