import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answering, Handler } from './doorbell.ts';
import { startRedis } from '../../../test/cluster/redis/start-redis.ts';
import { answer } from './redis-answer.ts';
import type { RedisAnswerOptions } from './redis-answer.ts';
import { openDoorbell } from './redis-doorbell.ts';
import { openTestRedis } from './redis-for-tests.ts';
import type { TestRedis } from './redis-for-tests.ts';

const orders = { v: 1, namespace: 'shop', name: 'orders' } as const;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('when Redis is in trouble', () => {
  let redis: TestRedis;
  let closing: (() => Promise<void>)[];
  beforeEach(async () => {
    redis = await openTestRedis(startRedis);
    closing = [];
  });
  afterEach(async () => {
    await Promise.all(closing.map((close) => close()));
    await redis.stop();
  });

  const doorbellOn = (url = redis.url, onWarning?: (sentence: string) => void) => {
    const doorbell = openDoorbell({ redisUrl: url, ...(onWarning ? { onWarning } : {}) });
    closing.push(() => doorbell.close());
    return doorbell;
  };
  const answerWith = (handler: Handler, options: Partial<RedisAnswerOptions> = {}): Answering => {
    const base = { redisUrl: redis.url, concurrency: 2, now: () => new Date(), log: silent };
    const answering = answer('backup', handler, { ...base, ...options });
    closing.push(() => answering.close(200));
    return answering;
  };

  test('a ring fails within moments, says that it may be tried again, and works when the server is back', async () => {
    const doorbell = doorbellOn();
    await doorbell.ring('backup', orders);
    expect(doorbell.up).toBe(true);
    await redis.server.stop();
    await until(() => !doorbell.up);
    const startedAt = performance.now();
    await expect(doorbell.ring('backup', orders)).rejects.toMatchObject({ name: 'BackupError', fate: 'transient' });
    await expect(doorbell.depth('backup')).rejects.toMatchObject({ fate: 'transient' });
    expect(performance.now() - startedAt).toBeLessThan(500);
    await redis.server.start();
    await until(() => doorbell.up);
    await doorbell.ring('backup', orders);
    expect(await doorbell.depth('backup')).toMatchObject({ waiting: 1 });
  });

  test('a doorbell opened while the server is away fails quickly and works when it comes', async () => {
    await redis.server.stop();
    const doorbell = doorbellOn();
    const startedAt = performance.now();
    await expect(doorbell.ring('backup', orders)).rejects.toMatchObject({ fate: 'transient' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await redis.server.start();
    await until(() => doorbell.up);
    await doorbell.ring('backup', orders);
  });

  test('a server that takes calls and answers none is noticed', async () => {
    const doorbell = doorbellOn();
    await doorbell.ring('backup', orders);
    redis.server.pause();
    const startedAt = performance.now();
    await expect(doorbell.ring('backup', orders)).rejects.toMatchObject({ fate: 'transient' });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    redis.server.resume();
    await vi.waitFor(() => doorbell.ring('backup', orders), { timeout: 10_000 });
  });

  test('a worker goes on by itself after a restart that forgot everything', async () => {
    const looks: string[] = [];
    const answering = answerWith(async ({ name }) => {
      looks.push(name);
      return { kind: 'done' };
    });
    const doorbell = doorbellOn();
    await doorbell.ring('backup', orders);
    await until(() => looks.length === 1);
    await redis.server.stop();
    await until(() => !answering.up);
    await redis.server.start();
    await until(() => doorbell.up && answering.up);
    await doorbell.ring('backup', { ...orders, name: 'stock' });
    await expect.poll(() => looks, patience).toEqual(['orders', 'stock']);
  });

  test('a look that was at work during a restart ends, and the next ring is answered', async () => {
    let looks = 0;
    const gate = Promise.withResolvers<void>();
    answerWith(async () => {
      looks += 1;
      if (looks === 1) await gate.promise;
      return { kind: 'done' };
    });
    const doorbell = doorbellOn();
    await doorbell.ring('backup', orders);
    await until(() => looks === 1);
    await redis.server.stop();
    await redis.server.start();
    await until(() => doorbell.up);
    gate.resolve();
    await doorbell.ring('backup', orders);
    await expect.poll(() => looks, patience).toBe(2);
  });

  test('the ring of a worker that died comes back', async () => {
    const doorbell = doorbellOn();
    const first = answerWith(() => new Promise(() => undefined), { lockMs: 300, stalledEveryMs: 100 });
    await doorbell.ring('backup', orders);
    await until(() => first.busy === 1);
    await first.close(1); // leaves the handler behind, as a killed process does
    let looks = 0;
    answerWith(
      async () => {
        looks += 1;
        return { kind: 'done' };
      },
      { lockMs: 300, stalledEveryMs: 100 },
    );
    await expect.poll(() => looks, patience).toBe(1);
  });

  test('a full server refuses a ring aloud, and evicting policies are named', async () => {
    const warnings: string[] = [];
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const doorbell = doorbellOn(redis.url, (sentence) => warnings.push(sentence));
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')]);
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'maxmemory', '1');
    await expect(doorbell.ring('backup', orders)).rejects.toThrow(/OOM/);
    await redis.client.config('SET', 'maxmemory', '0');
    await doorbell.ring('backup', orders);
  });

  test('an idle worker shows signs of life again and again', async () => {
    const answering = answerWith(async () => ({ kind: 'done' }));
    await until(() => answering.up);
    const before = answering.lastActivityAt().getTime();
    await expect.poll(() => answering.lastActivityAt().getTime(), patience).toBeGreaterThan(before);
  });

  test.each(['flushed', 'restarted'] as const)(
    'a server that was %s has forgotten, and every doorbell is told once',
    async (how) => {
      const told = [0, 0];
      for (const index of [0, 1]) {
        const onForgotten = () => void (told[index] = (told[index] ?? 0) + 1);
        const doorbell = openDoorbell({ redisUrl: redis.url, onForgotten, forgottenEveryMs: 50 });
        closing.push(() => doorbell.close());
        await until(() => doorbell.up);
      }
      await until(async () => (await redis.client.keys('*:mark')).length === 1);
      const looks = await commandsOf(redis, 'get');
      await until(async () => (await commandsOf(redis, 'get')) > looks + 4); // what is still there is no news
      expect(told).toEqual([0, 0]);
      if (how === 'flushed') await redis.client.flushall();
      else {
        await redis.server.stop();
        await redis.server.start();
      }
      await until(() => told.every((times) => times > 0));
      expect(told).toEqual([1, 1]);
    },
  );

  test('a worker with a look at work and a place left shows signs of life again and again', async () => {
    const answering = answerWith(() => new Promise(() => undefined));
    await doorbellOn().ring('backup', orders);
    await until(() => answering.busy === 1);
    for (let sign = 0; sign < 2; sign += 1) {
      const before = answering.lastActivityAt().getTime();
      await expect.poll(() => answering.lastActivityAt().getTime(), patience).toBeGreaterThan(before);
    }
  });

  test('closing ends in time when the server is away', async () => {
    const answering = answerWith(async () => ({ kind: 'done' }));
    await until(() => answering.up);
    await redis.server.stop();
    const startedAt = performance.now();
    await answering.close(300);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('nothing of a finished ring stays in the server', async () => {
    let looks = 0;
    answerWith(async () => {
      looks += 1;
      return { kind: 'done' };
    });
    const doorbell = doorbellOn();
    await doorbell.ring('backup', orders);
    await until(async () => looks === 1 && (await doorbell.depth('backup')).active === 0);
    const keys = await redis.client.keys('*shop/orders*');
    expect(keys).toEqual([]);
  });
});

/** How often the server was sent a command. */
async function commandsOf({ client }: TestRedis, command: string): Promise<number> {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info('commandstats'))?.[1] ?? 0);
}

const patience = { timeout: 15_000, interval: 5 };

async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const look = async () => {
    if (!(await fact())) throw new Error('not so yet');
  };
  await vi.waitFor(look, patience);
}
