import { expect, onTestFinished } from 'vitest';
import { putSecret } from '../cluster/furnish.ts';
import { until } from '../until.ts';
import { folderName } from './stores.ts';
import { faultsOn } from './fault.ts';
import { podOf } from './pod-of.ts';
import { jobs, namespace, type Scene } from './scene.ts';

const fault = faultsOn();

/** One attempt only: what it left decides at once. */
const once = { options: { retries: 0 } };

fault(
  'a Job that was deleted by hand before its result was read is judged by what it left in the store',
  {
    long: true,
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
  'a pod that is taken from its node is replaced, and that is no failure of the backup',
  {
    scenario: 'J1',
    done: 'the pod is evicted while the engine works',
    outcome: 'the Job makes another pod for the same attempt; Succeeded, with one Job',
    allowed: { orphans: ['artifacts/'] }, // of the pod that was evicted
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'hang', at: 'transfer' });
    await scene.create('evicted');
    await scene.cluster.kubelet.evict(namespace, await podOf(scene, 'evicted'));
    scene.neo4j.disarm(); // the next pod works
    const run = await scene.untilSettled('evicted');
    expect(run.status).toBe('Succeeded');
    expect((await scene.status('evicted')).consecutiveFailures ?? 0).toBe(0);
    expect(await scene.jobsOf('evicted')).toBe(1);
  },
);

fault(
  'a pod whose node is drained is replaced, and that is no failure of the backup',
  {
    scenario: 'J1',
    done: 'the API server is asked to evict the pod, as kubectl drain asks it, while the engine works',
    outcome:
      'the pod is ended and marked as disrupted, the Job makes another one for the same attempt; Succeeded, with one Job',
    allowed: { orphans: ['artifacts/'] }, // of the pod that was evicted
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'hang', at: 'transfer' });
    await scene.create('drained');
    const name = await podOf(scene, 'drained');
    await scene.cluster.client.create(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
    });
    scene.neo4j.disarm(); // the next pod works
    const run = await scene.untilSettled('drained');
    expect(run.status).toBe('Succeeded');
    expect((await scene.status('drained')).consecutiveFailures ?? 0).toBe(0);
    expect(await scene.jobsOf('drained')).toBe(1);
  },
);

fault(
  'a pod that cannot start says why, and starts by itself when the cause is gone',
  {
    scenario: 'J3',
    done: 'the pod needs a Secret that is not there, which is made after a while',
    outcome: "Ready and JobCreated name PodPending with Kubernetes' own words; then the run goes on: Succeeded",
  },
  async (scene) => {
    const { client, clock } = scene.cluster;
    await scene.create('waits', needs('late-secret'));
    await untilItSays(scene, 'waits', 'late-secret');
    clock.advance(61_000);
    const { waitingFor } = await scene.untilActive('waits', (run) => run.waitingFor !== undefined);
    expect(waitingFor).toMatchObject({ reason: 'PodPending', message: expect.stringContaining('late-secret') });
    const { conditions } = await scene.status('waits');
    for (const type of ['Ready', 'JobCreated'])
      expect(conditions?.find((one) => one.type === type)).toMatchObject({ reason: 'PodPending' });
    await putSecret(client, namespace, 'late-secret', { word: 'anything' });
    onTestFinished(() => client.delete(`/api/v1/namespaces/${namespace}/secrets/late-secret`).then(() => undefined));
    expect((await scene.untilSettled('waits')).status).toBe('Succeeded');
    expect((await scene.status('waits')).conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  },
);

fault(
  'a pod that never starts fails its run at the deadline for starting, with the reason',
  {
    scenario: 'J3',
    done: 'the pod needs a Secret that never comes; 15 minutes pass',
    outcome: "Failed(StartDeadlineExceeded) with Kubernetes' own words; the Job is removed",
  },
  async (scene) => {
    const { clock, client } = scene.cluster;
    await scene.create('never', needs('no-secret'));
    await untilItSays(scene, 'never', 'no-secret');
    clock.advance(61_000);
    await scene.untilActive('never', ({ waitingFor }) => waitingFor?.reason === 'PodPending');
    clock.advance(15 * 60_000);
    const run = await scene.untilSettled('never');
    expect(run).toMatchObject({ status: 'Failed', reason: 'StartDeadlineExceeded' });
    expect(run.error).toContain('no-secret');
    await until(async () => (await client.find(`${jobs}/never-backup`)) === undefined, {
      saying: 'the end of its Job',
    });
  },
);

/** A pod that starts only when this Secret is there. */
function needs(secret: string): object {
  const env = [{ name: 'WORD', valueFrom: { secretKeyRef: { name: secret, key: 'word' } } }];
  return { options: { retries: 0, podTemplate: { env } } };
}

/** The pod of this backup waits, and Kubernetes says for what. */
async function untilItSays(scene: Scene, name: string, word: string): Promise<void> {
  await scene.untilActive(name, ({ phase }) => phase === 'Starting');
  const pods = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}-backup`;
  const says = async () => {
    const { items } = await scene.cluster.client.get<{ items: { status?: object }[] }>(pods);
    return JSON.stringify(items.map(({ status }) => status)).includes(word);
  };
  await until(says, { saying: 'the words of the pod' });
}

/** Keys of the results that pods left for runs of this backup. */
async function evidenceOf(scene: Scene, name: string): Promise<boolean> {
  const folder = folderName(await scene.backup(name));
  return (await scene.stores.diary()).some(
    ({ key, status }) => key.startsWith(`${folder}/runs/`) && /attempt-\d+-\w+\.json$/.test(key) && status === 200,
  );
}
