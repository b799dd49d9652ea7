import { expect, onTestFinished } from 'vitest';
import { apiFault } from '../cluster/proxy/fault-proxy.ts';
import type { ProxiedRequest } from '../cluster/proxy/faults.ts';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import { jobs, type Scene } from './scene.ts';

const fault = faultsOn();
const minute = 60_000;

fault(
  'an API server that is gone for five minutes costs no run, and the slot that passed meanwhile is caught up once',
  {
    long: true,
    scenario: 'K1',
    done: 'the API server refuses connections for five minutes, over the end of a Job and over a slot',
    outcome: 'watches list again; the run under way and the slot end well, with one Job each; nobody restarts',
  },
  async (scene) => {
    const { api, clock, services } = scene.cluster;
    const inTenMinutes = (clock.now().getUTCMinutes() + 10) % 60;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    await scene.create('patient', { schedule: `${inTenMinutes} * * * *` });
    const slot = await until(async () => (await scene.status('patient')).nextRunTime, { saying: 'the next slot' });
    await scene.create('under-way');
    await scene.untilActive('under-way', ({ phase }) => phase === 'Starting');
    const restarts = services.names.map((name) => services.restarts(name));
    await api.disconnect();
    clock.reach(new Date(Date.parse(slot) - 2 * minute));
    clock.advance(5 * minute);
    await until(async () => (await jobEnd(scene, 'under-way')) !== undefined, { saying: 'the end of the Job' });
    await api.reconnect();
    expect((await scene.untilSettled('under-way')).status).toBe('Succeeded');
    expect(await scene.untilSettled('patient')).toMatchObject({ status: 'Succeeded', slot });
    for (const name of ['under-way', 'patient']) expect(await scene.jobsOf(name)).toBe(1);
    expect(services.names.map((name) => services.restarts(name))).toEqual(restarts);
  },
);

for (const [what, answer] of [
  ['throttles', apiFault(429, 1)],
  ['fails', apiFault(500)],
] as const) {
  fault(
    `an API server that ${what} again and again delays a run and does nothing else to it`,
    {
      scenario: 'K1',
      done: `every other request is answered with ${answer.status} until sixteen were`,
      outcome: 'Succeeded, with one Job',
    },
    async (scene) => {
      const { api } = scene.cluster;
      let asked = 0;
      api.faults.next(16, answer, ({ query }) => !query.has('watch') && asked++ % 2 === 0);
      const name = `it-${what}`;
      await scene.create(name);
      expect((await scene.untilSettled(name)).status).toBe('Succeeded');
      expect(await scene.jobsOf(name)).toBe(1);
    },
  );
}

fault(
  'what happens behind watches that have gone silent is found by the resync',
  {
    scenario: 'K2',
    done: 'every watch stays open and says nothing while a backup is created and while its Job ends',
    outcome: 'each is found when everything is listed again; Succeeded, with one Job',
  },
  async (scene) => {
    const { api, clock } = scene.cluster;
    onTestFinished(api.silenceWatches());
    await scene.create('unheard');
    clock.advance(11 * minute); // the watcher lists everything again
    await until(async () => (await jobEnd(scene, 'unheard')) !== undefined, { saying: 'the end of the Job' });
    expect((await scene.status('unheard')).history ?? []).toEqual([]);
    clock.advance(11 * minute);
    expect((await scene.untilSettled('unheard')).status).toBe('Succeeded');
    expect(await scene.jobsOf('unheard')).toBe(1);
  },
);

fault(
  'watches that are too old to go on are begun anew from a fresh list',
  {
    scenario: 'K3',
    done: 'all watches are cut, a backup is created and another deleted, and the watches that follow are answered with 410 Gone',
    outcome: 'everything is listed again: the new one runs, the deleted one is forgotten',
  },
  async (scene) => {
    const { api } = scene.cluster;
    await scene.create('forgotten', { schedule: '0 0 1 1 *' });
    await until(async () => (await scene.status('forgotten')).nextRunTime, { saying: 'a first look' });
    const isWatch = ({ query }: ProxiedRequest) => query.has('watch');
    const refuse = api.faults.always({ kind: 'cut' }, isWatch);
    api.dropWatches();
    await scene.create('found');
    await scene.remove('forgotten');
    api.faults.next(10, apiFault(410), isWatch);
    refuse();
    expect((await scene.untilSettled('found')).status).toBe('Succeeded');
    expect(await scene.jobsOf('found')).toBe(1);
  },
);

fault(
  'a Job that a stale answer hides is adopted when it is made a second time',
  {
    long: true,
    scenario: 'K4',
    done: 'a worker dies between making the Job and noting it; the next one is told that there is no Job',
    outcome: 'AlreadyExists: the Job carries the marks of this attempt and is taken; Succeeded, with one Job',
  },
  async (scene) => {
    const { api, services } = scene.cluster;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    await services.stop('worker');
    await scene.create('stale');
    await scene.untilActive('stale', ({ phase }) => phase === 'Admitted');
    const speak = api.faults.always({ kind: 'silence' }, isStatusOf('stale'));
    services.start('worker');
    await until(async () => (await scene.jobsOf('stale')) === 1, { saying: 'the Job' });
    services.kill('worker');
    speak();
    api.faults.next(1, absent, ({ method, path }) => method === 'GET' && path.endsWith('/jobs/stale-backup'));
    expect((await scene.untilSettled('stale')).status).toBe('Succeeded');
    expect(await scene.jobsOf('stale')).toBe(1);
  },
);

fault(
  'a Job of our name that is not ours is left alone, told, and waited for',
  {
    scenario: 'K4',
    done: 'somebody else has a Job with the name that the run needs',
    outcome: 'it is not touched; the run waits with NameTaken, as an Event too, and goes on when it is gone',
  },
  async (scene) => {
    const { client, clock } = scene.cluster;
    const container = { name: 'c', image: 'somebody/elses:1' };
    const template = { spec: { restartPolicy: 'Never', containers: [container] } };
    const foreign = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'guest-backup' }, spec: { template } };
    const { metadata } = await client.create<{ metadata: { uid: string } }>(jobs, foreign);
    await scene.create('guest');
    await scene.untilActive('guest', ({ waitingFor }) => waitingFor?.reason === 'NameTaken');
    const told = async () => (await scene.eventsOf('guest')).find(({ message }) => message.includes('guest-backup'));
    expect(await until(told, { saying: 'the Event' })).toMatchObject({ type: 'Warning' });
    const still = await client.get<{ metadata: { uid: string } }>(`${jobs}/guest-backup`);
    expect(still.metadata.uid).toBe(metadata.uid);
    await client.delete(`${jobs}/guest-backup`, { propagationPolicy: 'Foreground' });
    await until(async () => (await client.find(`${jobs}/guest-backup`)) === undefined, { saying: 'its end' });
    clock.advance(2 * minute);
    expect((await scene.untilSettled('guest')).status).toBe('Succeeded');
  },
);

fault(
  'a storm of conflicts on status is read afresh and written until it is through, never backwards',
  {
    long: true,
    scenario: 'K5',
    done: 'twenty-five writes of status in a row are answered with 409',
    outcome: 'each writer reads again; phases only go forward; Succeeded, with one Job',
  },
  async (scene) => {
    scene.cluster.api.faults.next(25, apiFault(409), isStatusOf('stormy'));
    await scene.create('stormy');
    expect((await scene.untilSettled('stormy')).status).toBe('Succeeded');
    expect(await scene.jobsOf('stormy')).toBe(1);
    const phases = scene.notes.versions
      .filter(({ metadata }) => metadata.name === 'stormy')
      .map(({ status }) => status?.activeRun?.phase)
      .filter((phase) => phase !== undefined);
    const order = ['Recorded', 'Admitted', 'Starting', 'Running', 'Verifying'];
    expect(phases).toEqual(phases.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  },
);

const absent = {
  kind: 'status',
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }),
} as const;

function isStatusOf(name: string): (request: ProxiedRequest) => boolean {
  return ({ method, path }) => method === 'PUT' && path.endsWith(`/neo4jbackups/${name}/status`);
}

async function jobEnd(scene: Scene, name: string): Promise<string | undefined> {
  const job = await scene.cluster.client.find<JobWithConditions>(`${jobs}/${name}-backup`);
  return job?.status?.conditions?.find(({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True')
    ?.type;
}

interface JobWithConditions {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
