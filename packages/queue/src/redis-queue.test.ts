import { Queue } from 'bullmq';
import { afterAll, beforeAll } from 'vitest';
import { queueContract } from './contract.ts';
import { startRedis } from '../../../test/cluster/redis/start-redis.ts';
import { answer } from './redis-answer.ts';
import { openDoorbell } from './redis-doorbell.ts';
import { openTestRedis } from './redis-for-tests.ts';
import type { TestRedis } from './redis-for-tests.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await openTestRedis(startRedis);
});
afterAll(() => redis.stop());

queueContract('the queue on Redis', async () => {
  await redis.client.flushall();
  const doorbell = openDoorbell({ redisUrl: redis.url, prefix: '{test}' });
  return {
    doorbell,
    answer: (queue, handler, options) => answer(queue, handler, { redisUrl: redis.url, prefix: '{test}', ...options }),
    ringRaw: async (name, id, payload) => {
      const queue = new Queue(name, { connection: { url: redis.url }, prefix: '{test}' });
      await queue.add('raw', payload, { jobId: id });
      await queue.close();
    },
    forget: async () => void (await redis.client.flushall()),
    close: () => doorbell.close(),
  };
});
