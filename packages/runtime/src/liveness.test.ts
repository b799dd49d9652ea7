import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health } from './health.ts';
import { watchWorkLoops } from './liveness.ts';
import { openMetrics } from './metrics.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** One loop whose state is what the test says, and what its checks find. */
function watched() {
  let lastActivityAt = new Date();
  const loop: { up: boolean; busy: number; busySince?: Date; trouble?: string; lastActivityAt(): Date } = {
    up: false,
    busy: 0,
    lastActivityAt: () => lastActivityAt,
  };
  const health = new Health();
  const metrics = openMetrics('worker', { version: '0' });
  watchWorkLoops([loop], { metrics, health, total: 1 });
  const check = async (name: string) => (await health.report()).checks[name];
  const queueUp = async () =>
    / neo4jbackup_queue_up (\d)/.exec((await metrics.scrape()).body.replaceAll('\n', ' '))?.[1];
  return {
    loop,
    queue: () => check('queue'),
    work: () => check('work'),
    queueUp,
    wake: () => void (lastActivityAt = new Date()),
  };
}

test('a service that has only just asked for Redis does not say that nobody answers, until it has waited', async () => {
  const { queue, queueUp } = watched();
  expect(await queue()).toEqual({ state: 'ok' });
  expect(await queueUp()).toBeUndefined();
  vi.advanceTimersByTime(5_000);
  expect(await queue()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('Redis does not answer') });
  expect(await queueUp()).toBe('0');
});

test('a Redis that goes away is told at once, right after the start, too', async () => {
  const { loop, queue, queueUp } = watched();
  loop.up = true;
  expect(await queue()).toEqual({ state: 'ok' });
  expect(await queueUp()).toBe('1');
  loop.up = false;
  expect(await queue()).toMatchObject({ state: 'degraded' });
  expect(await queueUp()).toBe('0');
});

test('a Redis that answers and is not fit is degraded, and says why', async () => {
  const { loop, queue } = watched();
  Object.assign(loop, { up: true, trouble: 'it may evict keys' });
  expect(await queue()).toEqual({ state: 'degraded', reason: 'it may evict keys' });
});

test('a loop that fell silent although Redis answers is dead', async () => {
  const { loop, work, wake } = watched();
  loop.up = true;
  vi.advanceTimersByTime(120_001);
  expect(await work()).toMatchObject({ state: 'dead', reason: expect.stringContaining('fell silent') });
  wake();
  expect(await work()).toEqual({ state: 'ok' });
});

test('a loop may be silent for as long as Redis is away, and gets its time when it is back', async () => {
  const { loop, work } = watched();
  loop.up = true;
  vi.advanceTimersByTime(60_000);
  loop.up = false;
  expect(await work()).toEqual({ state: 'ok' });
  vi.advanceTimersByTime(600_000);
  loop.up = true;
  expect(await work()).toEqual({ state: 'ok' });
  vi.advanceTimersByTime(120_001);
  expect(await work()).toMatchObject({ state: 'dead' });
});

test('a handler that never ends is dead after two hours, whatever its loop says', async () => {
  const { loop, work, wake } = watched();
  Object.assign(loop, { up: true, busy: 1, busySince: new Date() });
  vi.advanceTimersByTime(3_600_000);
  wake();
  expect(await work()).toEqual({ state: 'ok' });
  vi.advanceTimersByTime(3_600_001);
  wake();
  expect(await work()).toMatchObject({ state: 'dead', reason: expect.stringContaining('two hours') });
});
