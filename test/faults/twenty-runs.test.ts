import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { randomFrom } from './random.ts';
import { faultsOn } from './fault.ts';
import type { Scene } from './scene.ts';

const fault = faultsOn({
  serviceEnv: {
    HOLDFAST_LIMIT_GLOBAL: '8',
    HOLDFAST_LIMIT_PER_TARGET: '8',
    HOLDFAST_LIMIT_PER_LOCATION: '8',
    HOLDFAST_RESYNC_SECONDS: '3',
  },
});

fault(
  'twenty runs survive ten FLUSHALLs at random moments',
  {
    scenario: 'R1',
    done: 'ten FLUSHALLs at random moments while twenty runs go through',
    outcome: 'all twenty succeed, with one Job each',
    long: true,
  },
  async (scene) => {
    const random = randomFrom();
    const done = twentyRuns(scene, 'flushed');
    for (let flush = 0; flush < 10; flush += 1) {
      await sleep(random.between(100, 2_500)); // the trouble comes when it comes
      await scene.cluster.redis.flush();
    }
    await done;
  },
);

fault(
  'twenty runs survive a kill -9 of each service in turn',
  {
    scenario: ['P1', 'P3', 'P7'],
    done: 'SIGKILL to watcher, worker and retention in turn, three times, while twenty runs and their retention go through',
    outcome: 'all twenty succeed, with one Job each',
    long: true,
  },
  async (scene) => {
    const random = randomFrom();
    const { services } = scene.cluster;
    const done = twentyRuns(scene, 'killed');
    for (let round = 0; round < 3; round += 1) {
      for (const service of ['watcher', 'worker', 'retention']) {
        await sleep(random.between(200, 4_000)); // the trouble comes when it comes
        await until(() => services.pid(service) !== undefined, { saying: `a running ${service}` });
        services.kill(service);
        if (service === 'watcher') await scene.leaseRunsOut();
      }
    }
    await done;
    for (const service of services.names) expect(services.restarts(service)).toBeGreaterThanOrEqual(3);
  },
);

/** A busy machine takes its time; on two idle cores all twenty are done within a minute. */
const doneWithinMs = 200_000;

/** Ten backups with two runs each: one-shots first, then each is asked for another, as soon as it is free. */
async function twentyRuns(scene: Scene, prefix: string): Promise<void> {
  const names = Array.from({ length: 10 }, (_, index) => `${prefix}-${index}`);
  // A FULL each time and one restore point to keep, so that the retention service has something to remove in between.
  const spec = { options: { backupType: 'FULL' }, retention: { maxCount: 1 } };
  await Promise.all(
    names.map(async (name) => {
      await scene.create(name, spec);
      await scene.untilSettled(name, ({ trigger }) => trigger === 'OneShot', doneWithinMs);
      await scene.request(name, 'once-more');
      await scene.untilSettled(name, ({ trigger }) => trigger === 'Request', doneWithinMs);
      await until(async () => (await scene.status(name)).activeRun === undefined, { saying: `the rest of ${name}` });
    }),
  );
  for (const name of names) {
    const { history = [] } = await scene.status(name);
    expect(history.map(({ trigger, status }) => [trigger, status])).toEqual([
      ['Request', 'Succeeded'],
      ['OneShot', 'Succeeded'],
    ]);
    expect(await scene.jobsOf(name)).toBe(2);
  }
}
