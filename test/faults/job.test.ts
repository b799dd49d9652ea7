import { expect, onTestFinished } from 'vitest';
import { until } from '../until.ts';
import { folderName } from './stores.ts';
import { faultsOn } from './fault.ts';
import { namespace, type Scene } from './scene.ts';

const fault = faultsOn();

/** One attempt only: what it left decides at once. */
const once = { options: { retries: 0 } };

fault(
  'a Job that was deleted by hand before its result was read is judged by what it left in the store',
  {
    scenario: 'J2',
    done: 'the Job is deleted after its agent has written its result',
    outcome: 'the result in the store decides: Succeeded, with one Job',
  },
  async (scene) => {
    const { services } = scene.cluster;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    await scene.create('deleted');
    await scene.untilActive('deleted', ({ phase }) => phase === 'Starting');
    await services.stop('worker');
    await until(() => evidenceOf(scene, 'deleted'), { saying: 'the result in the store' });
    await scene.deleteJob('deleted');
    services.start('worker');
    const run = await scene.untilSettled('deleted');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
    expect(await scene.jobsOf('deleted')).toBe(1);
  },
);

fault(
  'a Job that was deleted by hand and left nothing fails, and is not run again blindly',
  {
    scenario: 'J2',
    done: 'the Job is deleted before its agent could write anything',
    outcome: 'Failed(EvidenceMissing), with one Job',
  },
  async (scene) => {
    const { services } = scene.cluster;
    await scene.neo4j.arm({ kind: 'hang', at: 'start' });
    await scene.create('vanished', once);
    await scene.untilActive('vanished', ({ phase }) => phase === 'Starting');
    await services.stop('worker');
    const pod = await podOf(scene, 'vanished');
    scene.cluster.kubelet.killContainer(namespace, pod, 'backup');
    await scene.deleteJob('vanished');
    services.start('worker');
    const run = await scene.untilSettled('vanished');
    expect(run).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
    expect(await scene.jobsOf('vanished')).toBe(1);
  },
);

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
    scene.cluster.clock.set(new Date(notBefore ?? ''));
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
    scene.cluster.clock.set(new Date(notBefore ?? ''));
    const run = await scene.untilSettled('orphaned');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
    await scene.notes.look();
    const origins = [...scene.notes.manifests]
      .filter(([key]) => key.includes(run.runId))
      .map(([, { origin }]) => origin);
    expect(origins).toContain('adopted'); // every artifact is named by one manifest, the adopted one too
  },
);

/** Keys of the results that pods left for runs of this backup. */
async function evidenceOf(scene: Scene, name: string): Promise<boolean> {
  const folder = folderName(await scene.backup(name));
  return (await scene.stores.diary()).some(
    ({ key, status }) => key.startsWith(`${folder}/runs/`) && /attempt-\d+-\w+\.json$/.test(key) && status === 200,
  );
}

async function podOf(scene: Scene, name: string): Promise<string> {
  const running = async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}-backup`;
    const { items } = await scene.cluster.client.get<{ items: { metadata: { name: string } }[] }>(path);
    const [pod] = items;
    return pod && 'backup' in scene.cluster.kubelet.pids(namespace, pod.metadata.name) && pod.metadata.name;
  };
  return until(async () => (await running()) || undefined, { saying: `the running pod of ${name}` });
}
