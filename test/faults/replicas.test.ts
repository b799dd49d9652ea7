import { expect } from 'vitest';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import { leader } from './leadership.ts';

const fault = faultsOn({ replicas: { watcher: 2, worker: 2 }, serviceEnv: { HOLDFAST_LIMIT_PER_TARGET: '10' } });

fault(
  'a worker that was frozen past its lock finds its run taken over when it wakes, and changes nothing',
  {
    long: true,
    scenario: 'P4',
    done: 'the only worker is stopped by SIGSTOP while it makes a Job; another one starts; the first is woken when all is over',
    outcome:
      'its ring is taken over after the lock ran out; Succeeded, with one Job; what the woken one writes is refused',
  },
  async (scene) => {
    const { services, api } = scene.cluster;
    await services.stop('worker-1');
    api.faults.next(
      1,
      { kind: 'latency', ms: 6_000 },
      ({ method, path }) => method === 'POST' && path.endsWith('/jobs'),
    );
    await scene.create('frozen');
    await until(async () => api.count(({ path, method }) => method === 'POST' && path.endsWith('/rolebindings')) > 0, {
      saying: 'a worker about to make the Job',
    });
    services.freeze('worker');
    services.start('worker-1');
    const run = await scene.untilSettled('frozen');
    const { history } = await scene.status('frozen');
    // The run may be over before the lock is; the ring is taken over all the same.
    const taken = () => scene.notes.texts.get('log logs/worker-1.log')?.includes('ring of a silent worker taken over');
    await until(taken, { saying: 'the lock that runs out' });
    services.thaw('worker');
    // The woken one is through with its old ring when it has answered a new one beside it.
    await services.stop('worker-1');
    await scene.create('after-thaw');
    await scene.untilSettled('after-thaw');
    services.start('worker-1');
    expect(run.status).toBe('Succeeded');
    expect((await scene.status('frozen')).history).toEqual(history);
    expect(await scene.jobsOf('frozen')).toBe(1);
  },
);

fault(
  'two watchers that both believe they lead record the same runs once',
  {
    long: true,
    scenario: 'P5',
    done: 'the leader is stopped by SIGSTOP, the other takes the Lease; the first wakes at the very moment when ten slots come due',
    outcome: 'same slot, same id: one run and one Job each; the woken one steps down',
  },
  async (scene) => {
    const { services, clock } = scene.cluster;
    const inTenMinutes = (clock.now().getUTCMinutes() + 10) % 60;
    const names = Array.from({ length: 10 }, (_, index) => `contested-${index}`);
    for (const name of names) await scene.create(name, { schedule: `${inTenMinutes} * * * *` });
    const slots = names.map((name) => until(async () => (await scene.status(name)).nextRunTime));
    const [slot = ''] = await Promise.all(slots);
    const first = await leader(scene);
    services.freeze(first);
    await scene.leaseRunsOut(); // its fifteen seconds, at once
    await until(async () => (await leader(scene)) !== first, { saying: 'another leader' });
    clock.reach(new Date(slot));
    services.thaw(first);
    for (const name of names) {
      expect(await scene.untilSettled(name, undefined, 180_000)).toMatchObject({ status: 'Succeeded', slot });
      expect(await scene.jobsOf(name)).toBe(1);
    }
  },
);

fault(
  'a run survives the restart of everything around it',
  {
    long: true,
    scenario: 'P6',
    done: 'while the Job runs, every service is stopped and started in turn, Redis comes back empty, and the API server is away for a moment',
    outcome: 'Succeeded, with one Job',
  },
  async (scene) => {
    const { services, redis, api } = scene.cluster;
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 50_000 });
    await scene.create('upgraded', { schedule: '0 0 1 1 *' });
    await scene.request('upgraded', 'now');
    await scene.untilActive('upgraded', ({ phase }) => phase === 'Starting');
    for (const name of services.names) {
      await services.stop(name);
      services.start(name);
    }
    await redis.restart();
    await api.disconnect();
    await api.reconnect();
    expect((await scene.untilSettled('upgraded')).status).toBe('Succeeded');
    expect(await scene.jobsOf('upgraded')).toBe(1);
  },
);
