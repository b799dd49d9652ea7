import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redisCommand, startRedis, type RedisServer } from './start-redis.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis({ dir });
}, 120_000);

afterAll(async () => {
  await redis.stop();
  rmSync(dir, { recursive: true });
});

test('a started Redis answers and never evicts', async () => {
  expect(await redisCommand(redis.port, 'PING')).toBe('+PONG');
  expect(await redisCommand(redis.port, 'DBSIZE')).toBe(':0');
});

test('a restarted Redis is empty, on the same port, another process', async () => {
  await redisCommand(redis.port, 'SET a 1');
  const before = redis.pid;
  await redis.restart();
  expect(redis.pid).not.toBe(before);
  expect(await redisCommand(redis.port, 'DBSIZE')).toBe(':0');
});

test('a paused Redis accepts and says nothing until it is resumed', async () => {
  redis.pause();
  await expect(redisCommand(redis.port, 'PING')).rejects.toThrow('did not answer');
  redis.resume();
  expect(await redisCommand(redis.port, 'PING')).toBe('+PONG');
});

test('a stopped Redis leaves no process and can be started again', async () => {
  const { pid } = redis;
  await redis.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await redis.start();
  expect(await redisCommand(redis.port, 'PING')).toBe('+PONG');
});
