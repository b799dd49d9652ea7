import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jobs, openScene, type Scene } from '../../faults/scene.ts';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { serviceTokens } from '../services/accounts.ts';
import { writeServiceTokens } from '../services/service-specs.ts';
import type { ControlPlaneParts } from './control-plane.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const minute = 60_000;

/** What cannot be broken in an API server that is a part of the test. */
describe.skipIf(!ready)('the services outlive', { concurrent: false }, () => {
  let scene: Scene;
  let parts: ControlPlaneParts;
  beforeAll(async () => {
    scene = await openScene({ kind: 'control-plane', tokenSeconds: 600 });
    if (!scene.cluster.parts) throw new Error('a real control plane has parts');
    ({ parts } = scene.cluster);
  });
  afterEach(() => scene.reset());
  afterAll(() => scene?.close());

  test('an API server that is killed in mid-run, and etcd after it: the run and the slot that passed succeed once', async () => {
    const { clock, client } = scene.cluster;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 100_000 });
    const slot = await due(scene, 'patient', 3);
    await scene.create('under-way');
    await scene.untilActive('under-way', ({ phase }) => phase === 'Starting');
    const before = restarts(scene);
    await parts.kill('kube-apiserver');
    clock.reach(slot);
    await parts.start('kube-apiserver');
    await parts.kill('etcd');
    await parts.start('etcd');
    await parts.compact(); // whoever still goes by a version of before has to list again
    await until(() => client.find(jobs), { saying: 'an API server that answers' });
    expect((await scene.untilSettled('under-way')).status).toBe('Succeeded');
    expect(await scene.untilSettled('patient')).toMatchObject({ status: 'Succeeded', trigger: 'Schedule' });
    for (const name of ['under-way', 'patient']) expect(await scene.jobsOf(name)).toBe(1);
    expect(restarts(scene)).toEqual(before);
    await scene.end();
  });

  test('tokens that run out and are renewed in their files: nobody restarts, and what was due is made up for', async () => {
    const { clock, client, api, dir } = scene.cluster;
    const slot = await due(scene, 'untold', 12);
    const before = restarts(scene);
    api.forget();
    clock.reach(new Date(slot.getTime() + minute)); // longer than the tokens of ten minutes last
    // For a moment the API server believes what it has just looked up.
    await until(() => api.count(({ status }) => status === 401) > 0, { saying: 'a refused token' });
    await scene.create('late');
    writeServiceTokens(dir, await serviceTokens(client));
    expect(await scene.untilSettled('untold')).toMatchObject({ status: 'Succeeded', trigger: 'Schedule' });
    expect((await scene.untilSettled('late')).status).toBe('Succeeded');
    for (const name of ['untold', 'late']) expect(await scene.jobsOf(name)).toBe(1);
    expect(restarts(scene)).toEqual(before);
    await scene.end();
  });
});

/** A backup with a slot so many minutes ahead. */
async function due(scene: Scene, name: string, ahead: number): Promise<Date> {
  const minutes = (scene.cluster.clock.now().getUTCMinutes() + ahead) % 60;
  await scene.create(name, { schedule: `${minutes} * * * *` });
  return new Date(await until(async () => (await scene.status(name)).nextRunTime, { saying: 'the next slot' }));
}

function restarts({ cluster: { services } }: Scene): number[] {
  return services.names.map((name) => services.restarts(name));
}
