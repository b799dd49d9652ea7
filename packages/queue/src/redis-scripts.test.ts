import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRedis } from '../../../test/cluster/redis/start-redis.ts';
import type { Doorbell } from './doorbell.ts';
import { openDoorbell } from './redis-doorbell.ts';
import { markEnded, markStarted } from './redis-scripts.ts';
import { openTestRedis } from './redis-for-tests.ts';
import type { TestRedis } from './redis-for-tests.ts';

/** A worker taken apart, so that a ring can be put between any two of its steps. */
describe('a ring between two steps of a worker', () => {
  let redis: TestRedis;
  let doorbell: Doorbell;
  let worker: Worker;
  let queue: Queue;
  let connection: Redis;
  const prefix = '{steps}';
  const orders = { v: 1, namespace: 'shop', name: 'orders' } as const;
  const key = (type: string) => worker.toKey(type);
  const take = async () => {
    const job = await worker.getNextJob('mine', { block: false });
    if (!job) throw new Error('nothing to take');
    return job;
  };
  const end = (token = 'mine') => markEnded(redis.client, key, 'shop/orders', { token, thrown: 0, nowMs: Date.now() });

  beforeAll(async () => {
    redis = await openTestRedis(startRedis);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.client.flushall();
    connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    doorbell = openDoorbell({ redisUrl: redis.url, prefix });
    worker = new Worker('backup', undefined, { connection, prefix, removeOnComplete: { count: 0 } });
    queue = new Queue('backup', { connection, prefix });
    await doorbell.ring('backup', orders);
  });
  afterEach(async () => {
    await Promise.all([doorbell.close(), worker.close(), queue.close()]);
    connection.disconnect();
  });

  test('taken, not started: the look that begins answers it', async () => {
    await take();
    await doorbell.ring('backup', orders);
    await markStarted(redis.client, key, 'shop/orders');
    expect(await end()).toBe('free');
  });

  test('started: one more look follows', async () => {
    await take();
    await markStarted(redis.client, key, 'shop/orders');
    await doorbell.ring('backup', orders);
    expect(await end()).toBe('rung');
  });

  test('ended, not yet removed: it waits for the removal and then stands in line', async () => {
    const job = await take();
    await markStarted(redis.client, key, 'shop/orders');
    expect(await end()).toBe('free');
    let rung = false;
    const ringing = doorbell.ring('backup', orders).then(() => (rung = true));
    await doorbell.depth('backup'); // same connection, so the ring's first question has been answered by now
    expect(rung).toBe(false);
    await job.moveToCompleted(undefined, 'mine', false);
    await ringing;
    expect(await doorbell.depth('backup')).toMatchObject({ waiting: 1, active: 0 });
  });

  test('ended, not yet delayed: it waits for the delay and then promotes', async () => {
    const job = await take();
    await markStarted(redis.client, key, 'shop/orders');
    await end();
    const ringing = doorbell.ring('backup', orders);
    await doorbell.depth('backup');
    await job.moveToDelayed(Date.now() + 3_600_000, 'mine');
    await ringing;
    expect(await doorbell.depth('backup')).toMatchObject({ waiting: 1, delayed: 0 });
  });

  test('ended by a worker that died there: it is refused, never swallowed', async () => {
    await take();
    await markStarted(redis.client, key, 'shop/orders');
    await end();
    await expect(doorbell.ring('backup', orders)).rejects.toMatchObject({ name: 'BackupError', fate: 'transient' });
  });

  test('a worker that lost its ring to another one leaves the marks of the new owner alone', async () => {
    await take();
    await markStarted(redis.client, key, 'shop/orders');
    await doorbell.ring('backup', orders);
    expect(await end('somebody else')).toBe('lost');
    expect(await end()).toBe('rung');
  });

  test('an id that is still among finished jobs does not shadow a new ring', async () => {
    const job = await take();
    job.opts.removeOnComplete = false;
    await job.moveToCompleted(undefined, 'mine', false);
    expect(await queue.getCompletedCount()).toBe(1);
    await doorbell.ring('backup', orders);
    expect(await queue.getCompletedCount()).toBe(0);
    expect(await doorbell.depth('backup')).toMatchObject({ waiting: 1 });
    expect((await take()).id).toBe('shop/orders');
  });

  test('a job that a fail-over left in no list does not shadow a new ring', async () => {
    await redis.client.del(key('wait'));
    await doorbell.ring('backup', orders);
    expect(await doorbell.depth('backup')).toMatchObject({ waiting: 1 });
    expect((await take()).data).toEqual(orders);
  });

  test('a delayed ring whose time has come counts as waiting when no worker is there', async () => {
    const job = await take();
    await job.moveToDelayed(Date.now() + 1, 'mine');
    await expect.poll(() => doorbell.depth('backup')).toMatchObject({ waiting: 1, delayed: 0, active: 0 });
    expect((await doorbell.depth('backup')).oldestAgeMs).toBeGreaterThanOrEqual(0);
  });
});
