import { expect } from 'vitest';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';

const fault = faultsOn();

const minute = 60_000;

fault(
  'a run that a killed watcher had recorded and not yet rung is rung by the next one, once',
  {
    scenario: 'P1',
    done: 'Redis is cut off, a run is recorded, the watcher gets SIGKILL',
    outcome: 'the next watcher rings for it, once',
  },
  async (scene) => {
    const { services, redisLink } = scene.cluster;
    await redisLink.disconnect(); // nothing can be rung from here on
    await scene.create('recorded');
    await scene.untilActive('recorded', ({ phase }) => phase === 'Admitted');
    services.kill('watcher');
    await redisLink.reconnect();
    await scene.leaseRunsOut();
    const run = await scene.untilSettled('recorded');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('recorded')).toBe(1);
  },
);

for (const [slots, schedule] of [
  [1, '0 * * * *'],
  [3, '0 * * * *'],
  [1000, '* * * * *'],
] as const) {
  fault(
    `a watcher that was down across ${slots} slots catches up one at most and counts the rest as missed`,
    {
      long: true,
      scenario: 'P2',
      done: `the watcher is stopped, and the clock jumps over ${slots} slots`,
      outcome: `the newest slot is caught up once, ${slots - 1} are counted as missed, with reason`,
    },
    async (scene) => {
      const { services, clock } = scene.cluster;
      const name = `down-${slots}`;
      await scene.create(name, { schedule });
      const first = await until(async () => (await scene.status(name)).nextRunTime, { saying: 'the next slot' });
      await services.stop('watcher');
      const periodMs = schedule.startsWith('*') ? minute : 60 * minute;
      clock.reach(new Date(Date.parse(first) + (slots - 1) * periodMs + 5_000));
      services.start('watcher');
      const run = await scene.untilSettled(name);
      const newest = new Date(Date.parse(first) + (slots - 1) * periodMs);
      expect(run).toMatchObject({ status: 'Succeeded', trigger: 'Schedule' });
      expect(Date.parse(run.slot ?? '')).toBe(newest.getTime());
      const { history = [], missedSlots } = await scene.status(name);
      expect(history.filter(({ trigger, count }) => trigger === 'Schedule' && count === undefined)).toHaveLength(1);
      expect(missedSlots ?? 0).toBe(slots - 1);
      const missed = history.find(({ status }) => status === 'Missed');
      expect(missed?.count ?? 0).toBe(slots - 1);
      if (slots > 1) expect(missed).toMatchObject({ reason: 'SlotMissed' });
    },
  );
}

fault(
  'a slot that was missed by more than the starting deadline is counted and not caught up',
  {
    scenario: 'P2',
    done: 'the watcher is down across a slot for longer than the starting deadline',
    outcome: 'the slot is counted as missed, with its reason, and not caught up',
  },
  async (scene) => {
    const { services, clock } = scene.cluster;
    await scene.create('too-late', { schedule: '0 * * * *', startingDeadlineSeconds: 300 });
    const next = await until(async () => (await scene.status('too-late')).nextRunTime, { saying: 'the next slot' });
    await services.stop('watcher');
    clock.reach(new Date(Date.parse(next) + 10 * minute));
    services.start('watcher');
    const missed = await until(async () => (await scene.status('too-late')).history?.[0]);
    expect(missed).toMatchObject({ status: 'Missed', reason: 'SlotSkipped', count: 1 });
    expect(await scene.jobsOf('too-late')).toBe(0);
  },
);

fault(
  'a run whose worker was killed while the Job ran is settled once by whoever is there',
  {
    long: true,
    scenario: 'P3',
    done: 'the worker gets SIGKILL while the Job runs',
    outcome: 'the Job goes on; the worker that comes back settles the run, once',
  },
  async (scene) => {
    const { services } = scene.cluster;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
    await scene.create('running');
    await scene.untilActive('running', ({ phase }) => phase === 'Starting');
    const before = services.restarts('worker');
    services.kill('worker');
    const run = await scene.untilSettled('running');
    expect(services.restarts('worker')).toBe(before + 1);
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('running')).toBe(1);
  },
);

fault(
  'a run whose worker was killed between making the Job and noting it goes on with that Job',
  {
    scenario: 'P3',
    done: 'the worker gets SIGKILL between making the Job and noting it',
    outcome: 'the run goes on with that Job',
  },
  async (scene) => {
    const { services, api } = scene.cluster;
    await scene.create('unnoted', { schedule: '0 0 1 1 *' });
    const isNote = ({ method, path }: { method: string; path: string }) =>
      method === 'PUT' && path.endsWith('/neo4jbackups/unnoted/status');
    await until(async () => (await scene.status('unnoted')).nextRunTime);
    await scene.request('unnoted', 'now');
    await scene.untilActive('unnoted', ({ phase }) => phase === 'Admitted');
    api.faults.always({ kind: 'silence' }, isNote);
    await until(async () => (await scene.jobsOf('unnoted')) === 1, { saying: 'the Job' });
    services.kill('worker');
    api.faults.clear();
    const run = await scene.untilSettled('unnoted');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('unnoted')).toBe(1);
  },
);
