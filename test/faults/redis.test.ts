import { expect } from 'vitest';
import { until } from '../until.ts';
import { redisCommand } from '../cluster/redis/start-redis.ts';
import { highest } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { namespace, type Scene } from './scene.ts';

const fault = faultsOn({ serviceEnv: { HOLDFAST_LIMIT_PER_TARGET: '10' } });

const minute = 60_000;

fault(
  'a Redis that forgets everything with rings waiting, delayed and active loses no run and doubles none',
  {
    scenario: 'R1',
    done: 'FLUSHALL with rings waiting, delayed and active',
    outcome: 'all three runs succeed within one resync, with one Job each',
  },
  async (scene) => {
    const { services, redis, api, stores } = scene.cluster;
    await scene.create('delayed', { storage: { type: 's3', bucket: 'not-there-yet' } });
    await scene.untilActive('delayed', ({ waitingFor }) => waitingFor?.reason === 'BucketMissing');
    await until(() => depth(scene, 'delayed') > 0, { saying: 'a ring that waits for its time' });
    api.faults.next(
      1,
      { kind: 'latency', ms: 1_500 },
      ({ method, path }) => method === 'POST' && path.endsWith('/jobs'),
    );
    await scene.create('active');
    await until(() => depth(scene, 'active') > 0, { saying: 'a ring at work' });
    services.freeze('worker');
    await scene.create('waiting');
    await until(() => depth(scene, 'waiting') > 0, { saying: 'a ring that waits for a worker' });

    await redis.flush();
    services.thaw('worker');
    await stores.s3.makeBucket('not-there-yet');
    scene.cluster.clock.advance(minute); // one resync
    for (const name of ['delayed', 'active', 'waiting']) {
      expect((await scene.untilSettled(name)).status).toBe('Succeeded');
      expect(await scene.jobsOf(name)).toBe(1);
    }
  },
);

fault(
  'a Redis that is down for ten minutes over a slot delays the run, crashes nobody and is said to be a degradation',
  {
    scenario: 'R2',
    done: 'Redis is stopped from five minutes before a slot to five minutes after it',
    outcome: 'the run is recorded in time and starts when Redis is back; health says degraded, nobody restarts',
  },
  async (scene) => {
    const { redis, clock, services } = scene.cluster;
    const inHalfAnHour = (clock.now().getUTCMinutes() + 30) % 60;
    await scene.create('late', { schedule: `${inHalfAnHour} * * * *` });
    const slot = await until(async () => (await scene.status('late')).nextRunTime, { saying: 'the next slot' });
    const restarts = services.names.map((name) => services.restarts(name));
    clock.set(new Date(Date.parse(slot) - 5 * minute));
    await redis.stop();
    clock.set(new Date(Date.parse(slot) + 5 * minute));
    const recorded = await scene.untilActive('late', ({ phase }) => phase === 'Admitted');
    expect(recorded.slot).toBe(slot);
    for (const name of services.names) {
      await until(async () => (await scene.health(name)).state === 'degraded', {
        saying: `the degradation of ${name}`,
      });
    }
    expect(await scene.jobsOf('late')).toBe(0);
    await redis.start();
    const run = await scene.untilSettled('late');
    expect(run).toMatchObject({ status: 'Succeeded', slot });
    expect((await scene.status('late')).missedSlots ?? 0).toBe(0);
    expect(services.names.map((name) => services.restarts(name))).toEqual(restarts);
  },
);

fault(
  'a second attempt really runs although Redis still keeps the first ring among its finished jobs',
  {
    scenario: 'R5',
    done: 'the ids of the rings are put among the finished jobs between two attempts',
    outcome: 'the second attempt runs',
  },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'die', at: 'transfer' });
    await scene.create('again');
    const { notBefore } = await scene.untilActive('again', ({ attempt }) => attempt === 2);
    for (const queue of ['backup', 'verify']) {
      const told = (command: string) => redisCommand(scene.cluster.redis.port, command);
      expect(await told(`HSET {holdfast}:${queue}:${namespace}/again name ${queue} data {}`)).toMatch(/^:/);
      expect(await told(`ZADD {holdfast}:${queue}:completed 1 ${namespace}/again`)).toBe(':1');
    }
    scene.cluster.clock.set(new Date(notBefore ?? ''));
    const run = await scene.untilSettled('again');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('again')).toBe(2);
  },
);

/** Rings of the queue `backup` in a state, as the leader shows them. */
function depth(scene: Scene, state: string): number {
  return highest(scene.notes.metrics, 'neo4jbackup_queue_depth', { queue: 'backup', state });
}
