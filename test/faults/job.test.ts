import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../until.ts';
import { folderName } from './stores.ts';
import { namespace, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => void (scene = await openScene()));
afterEach(() => scene.reset());
afterAll(() => scene?.close());

/** One attempt only: what it left decides at once. */
const once = { options: { retries: 0 } };

test('a Job that was deleted by hand before its result was read is judged by what it left in the store', async () => {
  const { services } = scene.cluster;
  await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
  await scene.create('deleted');
  await scene.untilActive('deleted', ({ phase }) => phase === 'Starting');
  await services.stop('worker');
  await until(() => evidenceOf('deleted'), { saying: 'the result in the store' });
  await scene.deleteJob('deleted');
  services.start('worker');
  const run = await scene.untilSettled('deleted');
  expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
  expect(await scene.jobsOf('deleted')).toBe(1);
  await scene.end();
});

test('a Job that was deleted by hand and left nothing fails, and is not run again blindly', async () => {
  const { services } = scene.cluster;
  await scene.neo4j.arm({ kind: 'hang', at: 'start' });
  await scene.create('vanished', once);
  await scene.untilActive('vanished', ({ phase }) => phase === 'Starting');
  await services.stop('worker');
  const pod = await podOf('vanished');
  scene.cluster.kubelet.killContainer(namespace, pod, 'backup');
  await scene.deleteJob('vanished');
  services.start('worker');
  const run = await scene.untilSettled('vanished');
  expect(run).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
  expect(await scene.jobsOf('vanished')).toBe(1);
  await scene.end();
});

test('an engine that ends with exit code 1 after all artifacts were made has succeeded, with a warning', async () => {
  await scene.neo4j.arm({ kind: 'exit', code: 1 });
  await scene.create('grumpy', once);
  const run = await scene.untilSettled('grumpy');
  expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
  const warned = async () => (await scene.eventsOf('grumpy')).find(({ reason }) => reason === 'SourceUnreachable');
  expect(await until(warned)).toMatchObject({ type: 'Warning' });
  await scene.end();
});

test('a database that brings no artifact is looked for once more, and then the run has succeeded in part', async () => {
  const databases = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jdatabases`;
  const database = { apiVersion: 'neo4j.neo4j.com/v1alpha1', kind: 'Neo4jDatabase', metadata: { name: 'orders' } };
  await scene.cluster.client.create(databases, { ...database, spec: { clusterRef: 'db', name: 'orders' } });
  await until(() => scene.neo4j.databases().some(({ name }) => name === 'orders'), { saying: 'the database' });
  await scene.neo4j.arm({ kind: 'no-artifact' }, { database: 'orders', times: 10 });
  await scene.create('partial');
  const { notBefore } = await scene.untilActive('partial', ({ attempt }) => attempt === 2);
  scene.cluster.clock.set(new Date(notBefore ?? ''));
  const run = await scene.untilSettled('partial');
  expect(run).toMatchObject({ status: 'PartiallySucceeded', reason: 'DatabaseMissing', failedDatabaseCount: 1 });
  expect(run.databases?.[0]).toMatchObject({ name: 'orders' });
  expect((await scene.status('partial')).lastSuccessTime).toBeUndefined();
  await scene.end();
  await scene.cluster.client.delete(`${databases}/orders`);
  scene.neo4j.drop('orders');
});

test.each([
  ['no artifact', 'none', { kind: 'no-artifact' }],
  ['an empty artifact', 'empty', { kind: 'bad-artifact', how: 'empty' }],
  ['half an artifact', 'half', { kind: 'bad-artifact', how: 'truncated' }],
] as const)(
  'an engine that ends with exit code 0 and leaves %s has failed for lack of evidence',
  async (_, name, fault) => {
    await scene.neo4j.arm(fault, { times: 10 });
    await scene.create(name, once);
    const run = await scene.untilSettled(name);
    expect(run).toMatchObject({ status: 'Failed', reason: 'EvidenceMissing' });
    expect([...scene.notes.manifests.keys()].filter((key) => key.includes(run.runId))).toEqual([]);
    await scene.end({ orphans: ['artifacts/'] }); // what cannot be read is left where it is, and nothing names it
  },
);

test('a DIFF that has nothing to carry is a success', async () => {
  await scene.create('quiet');
  await scene.untilSettled('quiet');
  await scene.request('quiet', 'nothing-new');
  const run = await scene.untilSettled('quiet', ({ trigger }) => trigger === 'Request');
  expect(run).toMatchObject({ status: 'Succeeded', type: 'DIFF', databaseCount: 2 });
  await scene.end();
});

test('what an agent that was killed between artifact and manifest has left is adopted by its next attempt', async () => {
  await scene.neo4j.arm({ kind: 'hang', at: 'after-publish' });
  const backup = await scene.create('orphaned');
  const artifact = async () =>
    (await scene.stores.diary()).find(({ key, operation, status }) => {
      const isIn = key.startsWith(`${folderName(backup)}/artifacts/`);
      return isIn && ['put', 'complete'].includes(operation) && status === 200;
    });
  await until(artifact, { saying: 'an artifact' });
  scene.cluster.kubelet.killContainer(namespace, await podOf('orphaned'), 'backup', 'OOMKilled');
  const { notBefore } = await scene.untilActive('orphaned', ({ attempt }) => attempt === 2);
  scene.cluster.clock.set(new Date(notBefore ?? ''));
  const run = await scene.untilSettled('orphaned');
  expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
  await scene.notes.look();
  const origins = [...scene.notes.manifests].filter(([key]) => key.includes(run.runId)).map(([, { origin }]) => origin);
  expect(origins).toContain('adopted');
  await scene.end(); // every artifact is named by one manifest, the adopted one too
});

/** Keys of the results that pods left for runs of this backup. */
async function evidenceOf(name: string): Promise<boolean> {
  const folder = folderName(await scene.backup(name));
  return (await scene.stores.diary()).some(
    ({ key, status }) => key.startsWith(`${folder}/runs/`) && /attempt-\d+-\w+\.json$/.test(key) && status === 200,
  );
}

async function podOf(name: string): Promise<string> {
  const running = async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}-backup`;
    const { items } = await scene.cluster.client.get<{ items: { metadata: { name: string } }[] }>(path);
    const [pod] = items;
    return pod && 'backup' in scene.cluster.kubelet.pids(namespace, pod.metadata.name) && pod.metadata.name;
  };
  return until(async () => (await running()) || undefined, { saying: `the running pod of ${name}` });
}
