import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ProxiedRequest } from '../cluster/proxy/faults.ts';
import { until } from '../until.ts';
import { putSecret } from '../cluster/furnish.ts';
import { redisCommand } from '../cluster/redis/start-redis.ts';
import { highest } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace, type Scene } from './scene.ts';

const fault = faultsOn({ serviceEnv: { HOLDFAST_LIMIT_PER_TARGET: '10' } });

const minute = 60_000;

fault(
  'a Redis that forgets everything with rings waiting, delayed and active loses no run and doubles none',
  {
    long: true,
    scenario: 'R1',
    done: 'FLUSHALL with rings waiting, delayed and active',
    outcome: 'all three runs succeed within one resync, with one Job each',
  },
  async (scene) => {
    const { services, redis, api, client, stores } = scene.cluster;
    const { accessKeyId, secretAccessKey, region } = stores.s3;
    const cloud = { region, credentialsSecret: 'not-there-yet' };
    await scene.create('delayed', { storage: { type: 's3', bucket, cloud } });
    await scene.untilActive('delayed', ({ waitingFor }) => waitingFor?.reason === 'CredentialsMissing');
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
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await putSecret(client, namespace, 'not-there-yet', keys);
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
    clock.reach(new Date(Date.parse(slot) - 5 * minute));
    await redis.stop();
    clock.reach(new Date(Date.parse(slot) + 5 * minute));
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
    long: true,
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
    scene.cluster.clock.reach(new Date(notBefore ?? ''));
    const run = await scene.untilSettled('again');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('again')).toBe(2);
  },
);

fault(
  'a fail-over that loses the last writes loses no run and doubles none',
  {
    long: true,
    scenario: 'R3',
    done: 'Redis comes back with what it was a moment ago: one ring that was answered since is there again, one that was rung since is not',
    outcome:
      'the old ring finds nothing to do, the lost one is rung again within one resync; both Succeeded, with one Job each',
  },
  async (scene) => {
    const { services, redis, redisLink, clock, logs } = scene.cluster;
    onTestFinished(() => rmSync(join(logs, 'dump.rdb'), { force: true }));
    services.freeze('worker');
    await scene.create('before');
    await until(() => depthNow(scene, 'before'), { saying: 'the first ring' });
    expect(await redisCommand(redis.port, 'SAVE')).toBe('+OK');
    services.thaw('worker');
    expect((await scene.untilSettled('before')).status).toBe('Succeeded');
    services.freeze('worker');
    await scene.create('after');
    await until(() => depthNow(scene, 'after'), { saying: 'the second ring' });
    await redisLink.disconnect(); // nobody rings anew before we have looked
    await redis.restart(); // reads what was saved
    expect(await depthNow(scene, 'before')).toBe(true);
    expect(await depthNow(scene, 'after')).toBe(false);
    await redisLink.reconnect();
    services.thaw('worker');
    clock.advance(minute); // one resync
    expect((await scene.untilSettled('after')).status).toBe('Succeeded');
    for (const name of ['before', 'after']) expect(await scene.jobsOf(name)).toBe(1);
  },
);

for (const [what, name, command, mend, words] of [
  ['out of memory', 'full', 'CONFIG SET maxmemory 1', 'CONFIG SET maxmemory 0', /out of memory|OOM/i],
  ['read only', 'replica', 'REPLICAOF 127.0.0.1 1', 'REPLICAOF NO ONE', /replica/],
] as const) {
  fault(
    `a Redis that is ${what} keeps runs due, is said to be a degradation, and is used again once it can be`,
    {
      scenario: 'R4',
      done: `${command}; a backup is created; ${mend}`,
      outcome: 'the run stays Admitted, health says degraded and why, nobody restarts; then Succeeded, with one Job',
    },
    async (scene) => {
      const { redis, services, clock, redisLink } = scene.cluster;
      const restarts = services.names.map((each) => services.restarts(each));
      onTestFinished(() => redisCommand(redis.port, mend).then(() => undefined));
      expect(await redisCommand(redis.port, command)).toMatch(/^\+OK/);
      redisLink.cut(); // everybody connects anew and looks
      await scene.create(name);
      await scene.untilActive(name, ({ phase }) => phase === 'Admitted');
      for (const service of services.names) {
        const said = async () => {
          const { state, checks } = await scene.health(service);
          return state === 'degraded' && words.test(JSON.stringify(checks));
        };
        await until(said, { saying: `the degradation of ${service}` });
      }
      expect(await scene.jobsOf(name)).toBe(0);
      expect(await redisCommand(redis.port, mend)).toMatch(/^\+OK/);
      redisLink.cut();
      clock.advance(minute); // one resync
      expect((await scene.untilSettled(name)).status).toBe('Succeeded');
      expect(await scene.jobsOf(name)).toBe(1);
      expect(services.names.map((each) => services.restarts(each))).toEqual(restarts);
    },
  );
}

fault(
  'a Redis that may evict keys is complained about aloud at the start and in health',
  {
    long: true,
    scenario: 'R4',
    done: 'maxmemory-policy is allkeys-lru when the services start',
    outcome: 'an error in each log and a degraded health page with the remedy; backups run on',
  },
  async (scene) => {
    const { redis, services, redisLink } = scene.cluster;
    const mend = 'CONFIG SET maxmemory-policy noeviction';
    onTestFinished(() => redisCommand(redis.port, mend).then(() => undefined));
    await redisCommand(redis.port, 'CONFIG SET maxmemory-policy allkeys-lru');
    for (const service of services.names) {
      await services.stop(service);
      services.start(service);
    }
    for (const service of services.names) {
      const said = async () => JSON.stringify(await scene.health(service)).includes('set maxmemory-policy noeviction');
      await until(said, { saying: `the complaint of ${service}` });
      const logged = () => scene.notes.texts.get(`log logs/${service}.log`)?.includes('maxmemory-policy allkeys-lru');
      await until(logged, { saying: `the log of ${service}` });
    }
    await scene.create('brave');
    expect((await scene.untilSettled('brave')).status).toBe('Succeeded');
    await redisCommand(redis.port, mend);
    redisLink.cut();
  },
);

fault(
  'a run whose handler always throws backs off, fails with a reason, and does not hold up its queue',
  {
    scenario: 'R6',
    done: 'the Secret of one backup holds what no program expects, so that every look at it throws',
    outcome:
      'eight looks further and further apart, then Failed(UnexpectedError); another backup goes through meanwhile',
  },
  async (scene) => {
    const { api, clock } = scene.cluster;
    const poison = {
      kind: 'status',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name: 'poison', uid: 'x' }, data: { AWS_ACCESS_KEY_ID: 5 } }),
    } as const;
    const isPoison = ({ path }: ProxiedRequest) => path.endsWith('/secrets/poison');
    api.faults.always(poison, isPoison);
    api.forget();
    const cloud = { region: 'us-east-1', credentialsSecret: 'poison' };
    await scene.create('poisoned', { storage: { type: 's3', bucket, cloud } });
    await until(() => api.count(isPoison) > 0, { saying: 'a first look' });
    await scene.create('neighbour');
    expect((await scene.untilSettled('neighbour')).status).toBe('Succeeded');
    for (let looks = 1; looks < 8; looks += 1) {
      await until(() => api.count(isPoison) >= looks, { saying: `look ${looks}` });
      clock.advance(5 * minute);
    }
    const run = await scene.untilSettled('poisoned');
    expect(run).toMatchObject({ status: 'Failed', reason: 'UnexpectedError' });
    expect(api.count(isPoison)).toBe(8);
    expect(await scene.jobsOf('poisoned')).toBe(0);
  },
);

fault(
  'a Job that the API server refuses for good fails its run at once, with the words of the server',
  {
    scenario: 'R6',
    done: 'the creation of the Job is answered with 422',
    outcome: 'Failed(ApiRefused), no further look',
  },
  async (scene) => {
    const { api } = scene.cluster;
    const message =
      'Job.batch "refused-backup" is invalid: spec.template.spec.containers[0].env[0].name: Invalid value';
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 422, reason: 'Invalid', message };
    const headers = { 'content-type': 'application/json' };
    api.faults.always(
      { kind: 'status', status: 422, headers, body: JSON.stringify(status) },
      ({ method, path }) => method === 'POST' && path.endsWith('/jobs'),
    );
    await scene.create('refused');
    const run = await scene.untilSettled('refused');
    expect(run).toMatchObject({ status: 'Failed', reason: 'ApiRefused' });
    expect(run.error).toContain('env[0].name');
  },
);

/** Whether the ring of a backup stands in the queue at this moment. */
async function depthNow({ cluster }: Scene, name: string): Promise<boolean> {
  return (await redisCommand(cluster.redis.port, `EXISTS {holdfast}:backup:${namespace}/${name}`)) === ':1';
}

/** Rings of the queue `backup` in a state, as the leader shows them. */
function depth(scene: Scene, state: string): number {
  return highest(scene.notes.metrics, 'neo4jbackup_queue_rings', { queue: 'backup', state });
}
