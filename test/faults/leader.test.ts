import { expect } from 'vitest';
import type { ProxiedRequest } from '../cluster/proxy/faults.ts';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import { holder, leader, saysItLeads, turns, writesOutOfTurn } from './leadership.ts';
import type { Scene } from './scene.ts';

const fault = faultsOn({ replicas: { watcher: 2 } });
const watchers = ['watcher', 'watcher-1'];
/** How long a Lease lasts, and the most that a candidate lets pass between two looks at it. */
const [leaseMs, lookMs] = [15_000, 2_400];

fault(
  'a leader that is killed is followed when its Lease is over, and a slot that comes due meanwhile runs once',
  {
    scenario: 'P8',
    done: 'the leader gets SIGKILL, and a slot comes due while nobody leads',
    outcome: 'another one leads, not before the Lease is over and soon after; one run and one Job for the slot',
    long: true,
  },
  async (scene) => {
    const { services, clock, api } = scene.cluster;
    const slot = await due(scene, 'left-behind');
    const first = await until(() => holder(scene));
    services.kill(await leader(scene));
    const { length } = api.passed;
    clock.reach(slot);
    await untilFollowed(scene, first);
    const theirs = turns(api.passed.slice(length)).find(({ who }) => !who.includes(first));
    const last = turns(api.passed).findLast(({ who }) => who.includes(first));
    const vacantMs = Number(theirs?.at) - Number(last?.at);
    expect(vacantMs).toBeGreaterThanOrEqual(leaseMs);
    expect(vacantMs).toBeLessThan(2 * leaseMs + lookMs); // a candidate's two looks, and a machine that is busy
    await ranOnce(scene, 'left-behind', slot);
  },
);

fault(
  'a leader that freezes is followed when its Lease is over, and when it wakes it has nothing to say',
  {
    scenario: 'P8',
    done: 'the leader is stopped by SIGSTOP, a slot comes due, another one leads; the first is woken',
    outcome:
      'one run and one Job for the slot; the woken one says that it does not lead, and has written nothing since',
    long: true,
  },
  async (scene) => {
    const { services, clock } = scene.cluster;
    const slot = await due(scene, 'frozen-over');
    const [first, service] = [await until(() => holder(scene)), await leader(scene)];
    services.freeze(service);
    clock.reach(slot);
    await untilFollowed(scene, first);
    await ranOnce(scene, 'frozen-over', slot);
    services.thaw(service);
    await until(async () => (await saysItLeads(scene, service)) === false, { saying: 'its own words' });
    expect(await holder(scene)).not.toBe(first);
  },
);

fault(
  'a leader that is asked to stop gives its Lease back, and another one leads at once',
  {
    long: true,
    scenario: 'P8',
    done: 'the leader gets SIGTERM while a slot comes due',
    outcome: 'with its end the Lease is free, nobody waits for it to run out; one run and one Job for the slot',
  },
  async (scene) => {
    const { services, clock } = scene.cluster;
    const slot = await due(scene, 'handed-over');
    const [first, service] = [await until(() => holder(scene)), await leader(scene)];
    const stopping = services.stop(service);
    clock.reach(slot);
    await stopping;
    expect(await holder(scene)).not.toBe(first);
    await untilFollowed(scene, first);
    services.start(service);
    await ranOnce(scene, 'handed-over', slot);
  },
);

for (const [what, name, cut] of [
  ['the whole API server', 'unreachable', cutEverything],
  ['only its Lease', 'unrenewed', cutLeases],
] as const) {
  fault(
    `a leader that cannot reach ${what} decides nothing from before its Lease is over until it has it again`,
    {
      scenario: 'P8',
      done: `${what} is out of reach for longer than the Lease lasts; a slot comes due and a backup is created meanwhile`,
      outcome: 'the leader says that it leads no more, and nobody writes; afterwards one run and one Job for each',
      long: true,
    },
    async (scene) => {
      const { clock, api } = scene.cluster;
      const slot = await due(scene, name);
      await leader(scene);
      const mend = await cut(scene);
      await until(
        async () => (await Promise.all(watchers.map((each) => saysItLeads(scene, each)))).every((it) => it === false),
        {
          saying: 'watchers that do not lead',
        },
      );
      const writes = () =>
        api.count(
          ({ agent, method, status }) => agent.startsWith('holdfast-watcher ') && method !== 'GET' && status > 0,
        );
      const before = writes();
      clock.reach(slot);
      await scene.create(`${name}-new`);
      const tried = await looksAtTheLease(scene);
      await until(async () => (await looksAtTheLease(scene)) >= tried + 3, { saying: 'three more looks' });
      expect(writes()).toBe(before);
      await mend();
      await ranOnce(scene, name, slot);
      expect(await scene.untilSettled(`${name}-new`)).toMatchObject({ status: 'Succeeded' });
      expect(await scene.jobsOf(`${name}-new`)).toBe(1);
    },
  );
}

/** A backup with a slot ten minutes ahead. */
async function due(scene: Scene, name: string): Promise<Date> {
  const inTenMinutes = (scene.cluster.clock.now().getUTCMinutes() + 10) % 60;
  await scene.create(name, { schedule: `${inTenMinutes} * * * *` });
  return new Date(await until(async () => (await scene.status(name)).nextRunTime, { saying: 'the next slot' }));
}

async function untilFollowed(scene: Scene, first: string): Promise<void> {
  const follower = async () => {
    const now = await holder(scene);
    return now !== undefined && now !== first;
  };
  await until(follower, { saying: 'another leader' });
}

/** The slot has one run with one Job, and no watcher has ever written without the Lease. */
async function ranOnce(scene: Scene, name: string, slot: Date): Promise<void> {
  const run = await scene.untilSettled(name);
  expect(run).toMatchObject({ status: 'Succeeded', trigger: 'Schedule' });
  expect(Date.parse(run.slot ?? '')).toBe(slot.getTime());
  expect((await scene.status(name)).history).toHaveLength(1);
  expect(await scene.jobsOf(name)).toBe(1);
  expect(writesOutOfTurn(scene.cluster.api.passed)).toEqual([]);
}

async function cutEverything({ cluster: { api } }: Scene): Promise<() => Promise<void>> {
  await api.disconnect();
  return () => api.reconnect();
}

function cutLeases({ cluster: { api } }: Scene): Promise<() => Promise<void>> {
  const lift = api.faults.always({ kind: 'cut' }, ({ path }: ProxiedRequest) => path.includes('/leases'));
  return Promise.resolve(() => Promise.resolve(lift()));
}

/** How often watchers have tried, as they say themselves: what does not arrive is seen by nobody else. */
async function looksAtTheLease({ notes }: Scene): Promise<number> {
  await notes.look();
  const logs = watchers.map((each) => notes.texts.get(`log logs/${each}.log`) ?? '');
  return logs.join('').split('the Lease could not be read or written').length - 1;
}
