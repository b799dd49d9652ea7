import { expect, onTestFinished } from 'vitest';
import { until } from '../until.ts';
import { folderName } from './stores.ts';
import { faultsOn } from './fault.ts';
import { podOf } from './pod-of.ts';
import { namespace } from './scene.ts';

const fault = faultsOn();

/** One attempt only: what it left decides at once. */
const once = { options: { retries: 0 } };

fault(
  'an engine that ends with exit code 1 after all artifacts were made has succeeded, with a warning',
  {
    scenario: 'J4',
    done: 'neo4j-admin makes all artifacts and ends with exit code 1',
    outcome: 'Succeeded, with Warning SourceUnreachable',
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'exit', code: 1 });
    await scene.create('grumpy', once);
    const run = await scene.untilSettled('grumpy');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
    const warned = async () => (await scene.eventsOf('grumpy')).find(({ reason }) => reason === 'SourceUnreachable');
    expect(await until(warned)).toMatchObject({ type: 'Warning' });
  },
);

fault(
  'a database that brings no artifact is looked for once more, and then the run has succeeded in part',
  {
    scenario: 'J4',
    done: 'one database brings no artifact, twice',
    outcome: 'one more attempt, then PartiallySucceeded(DatabaseMissing)',
  },
  async (scene) => {
    const databases = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jdatabases`;
    const database = { apiVersion: 'neo4j.neo4j.com/v1alpha1', kind: 'Neo4jDatabase', metadata: { name: 'orders' } };
    await scene.cluster.client.create(databases, { ...database, spec: { clusterRef: 'db', name: 'orders' } });
    onTestFinished(async () => {
      await scene.cluster.client.delete(`${databases}/orders`);
      scene.neo4j.drop('orders');
    });
    await until(() => scene.neo4j.databases().some(({ name }) => name === 'orders'), { saying: 'the database' });
    await scene.neo4j.arm({ kind: 'no-artifact' }, { database: 'orders', times: 10 });
    await scene.create('partial');
    const { notBefore } = await scene.untilActive('partial', ({ attempt }) => attempt === 2);
    scene.cluster.clock.reach(new Date(notBefore ?? ''));
    const run = await scene.untilSettled('partial');
    expect(run).toMatchObject({ status: 'PartiallySucceeded', reason: 'DatabaseMissing', failedDatabaseCount: 1 });
    expect(run.databases?.[0]).toMatchObject({ name: 'orders' });
    expect((await scene.status('partial')).lastSuccessTime).toBeUndefined();
  },
);

for (const [what, name, trouble] of [
  ['no artifact', 'none', { kind: 'no-artifact' }],
  ['an empty artifact', 'empty', { kind: 'bad-artifact', how: 'empty' }],
  ['half an artifact', 'half', { kind: 'bad-artifact', how: 'truncated' }],
] as const) {
  fault(
    `an engine that ends with exit code 0 and leaves ${what} has failed for lack of evidence`,
    {
      scenario: 'J5',
      done: `neo4j-admin ends with exit code 0 and leaves ${what}`,
      outcome: 'Failed(EvidenceMissing), and no manifest names anything of it',
      allowed: { orphans: ['artifacts/'] }, // what cannot be read is left where it is
    },
    async (scene) => {
      await scene.neo4j.arm(trouble, { times: 10 });
      await scene.create(name, once);
      const run = await scene.untilSettled(name);
      expect(run).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
      expect([...scene.notes.manifests.keys()].filter((key) => key.includes(run.runId))).toEqual([]);
    },
  );
}

fault(
  'a DIFF that has nothing to carry is a success',
  { scenario: 'J5', done: 'a DIFF brings an empty artifact because nothing has changed', outcome: 'Succeeded' },
  async (scene) => {
    await scene.create('quiet');
    await scene.untilSettled('quiet');
    await scene.request('quiet', 'nothing-new');
    const run = await scene.untilSettled('quiet', ({ trigger }) => trigger === 'Request');
    expect(run).toMatchObject({ status: 'Succeeded', type: 'DIFF', databaseCount: 2 });
  },
);

fault(
  'what an agent that was killed between artifact and manifest has left is adopted by its next attempt',
  {
    scenario: 'S11',
    done: 'the agent is killed after the artifact was published and before its manifest',
    outcome: 'the next attempt adopts the artifact; nothing hangs on what does not count',
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'hang', at: 'after-publish' });
    const backup = await scene.create('orphaned');
    const artifact = async () =>
      (await scene.stores.diary()).find(({ key, operation, status }) => {
        const isIn = key.startsWith(`${folderName(backup)}/artifacts/`);
        return isIn && ['put', 'complete'].includes(operation) && status === 200;
      });
    await until(artifact, { saying: 'an artifact' });
    scene.cluster.kubelet.killContainer(namespace, await podOf(scene, 'orphaned'), 'backup', 'OOMKilled');
    const { notBefore } = await scene.untilActive('orphaned', ({ attempt }) => attempt === 2);
    scene.cluster.clock.reach(new Date(notBefore ?? ''));
    const run = await scene.untilSettled('orphaned');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
    await scene.notes.look();
    const origins = [...scene.notes.manifests]
      .filter(([key]) => key.includes(run.runId))
      .map(([, { origin }]) => origin);
    expect(origins).toContain('adopted'); // every artifact is named by one manifest, the adopted one too
  },
);

fault(
  'a scratch disk that is full fails the run at once, with its sizes, and is not tried again unchanged',
  {
    scenario: 'J6',
    done: 'neo4j-admin runs out of temporary space',
    outcome: 'Failed(TempSpace) with the remedy, after one attempt',
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'no-space', where: 'temp' }, { times: 10 });
    await scene.create('crowded');
    const run = await scene.untilSettled('crowded');
    expect(run).toMatchObject({ status: 'Failed', reason: 'TempSpace' });
    expect(run.error).toMatch(/tempStorage/);
    expect(await scene.jobsOf('crowded')).toBe(1);
  },
);

fault(
  'a pod that is killed for memory is tried once more, and then the run fails with the remedy',
  {
    scenario: 'J7',
    done: 'the pod is killed with OOMKilled, twice',
    outcome: 'one more attempt; then Failed(OutOfMemory) that names the limit to raise',
    allowed: { orphans: ['artifacts/'] }, // of the pods that were killed
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'hang', at: 'transfer' }, { times: 10 });
    await scene.create('hungry');
    scene.cluster.kubelet.killContainer(namespace, await podOf(scene, 'hungry'), 'backup', 'OOMKilled');
    const { notBefore } = await scene.untilActive('hungry', ({ attempt }) => attempt === 2);
    await until(async () => (await scene.eventsOf('hungry')).some(({ reason }) => reason === 'BackupRetrying'));
    scene.cluster.clock.reach(new Date(notBefore ?? ''));
    await scene.untilActive('hungry', ({ attempt, phase }) => attempt === 2 && phase === 'Starting');
    scene.cluster.kubelet.killContainer(namespace, await podOf(scene, 'hungry'), 'backup', 'OOMKilled');
    const run = await scene.untilSettled('hungry');
    expect(run).toMatchObject({ status: 'Failed', reason: 'OutOfMemory' });
    expect(run.error).toContain('options.resources.limits.memory');
    expect(await scene.jobsOf('hungry')).toBe(2);
  },
);

fault(
  'an engine that runs and makes no progress is ended after the stall timeout and tried again',
  {
    long: true,
    scenario: 'J8',
    done: 'neo4j-admin hangs; the stall timeout passes',
    outcome: 'the agent ends it: Stalled, one more attempt; that one is Succeeded',
    allowed: { orphans: ['artifacts/'] }, // of the engine that was ended
  },
  async (scene) => {
    const { clock } = scene.cluster;
    await scene.neo4j.arm({ kind: 'hang', at: 'transfer' });
    await scene.create('stuck', { options: { stallTimeout: '10m' } });
    await podOf(scene, 'stuck');
    // The watch for progress begins with the engine, at a moment that nobody outside can see.
    const ended = async () => {
      clock.advance(6 * 60_000);
      return (await scene.status('stuck')).activeRun?.attempt === 2;
    };
    await until(ended, { everyMs: 2_000, saying: 'a second attempt' });
    const told = async () => (await scene.eventsOf('stuck')).find(({ reason }) => reason === 'BackupRetrying');
    expect((await until(told))?.message).toMatch(/progress/);
    clock.advance(60_000);
    expect((await scene.untilSettled('stuck')).status).toBe('Succeeded');
    expect(await scene.jobsOf('stuck')).toBe(2);
  },
);
