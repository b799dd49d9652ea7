import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health } from './health.ts';
import { watchWorkLoops } from './liveness.ts';
import { openMetrics } from './metrics.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** One loop whose state is what the test says, and what its check finds. */
function watched() {
  let lastActivityAt = new Date();
  const loop: { up: boolean; busy: number; trouble?: string; lastActivityAt(): Date } = {
    up: false,
    busy: 0,
    lastActivityAt: () => lastActivityAt,
  };
  const health = new Health();
  watchWorkLoops([loop], { metrics: openMetrics('worker', { version: '0' }), health, total: 1 });
  const queue = async () => (await health.report()).checks['queue'];
  return { loop, queue, wake: () => void (lastActivityAt = new Date()) };
}

test('a service that has only just asked for Redis does not say that nobody answers, until it has waited', async () => {
  const { queue } = watched();
  expect(await queue()).toEqual({ state: 'ok' });
  vi.advanceTimersByTime(5_000);
  expect(await queue()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('Redis does not answer') });
});

test('a Redis that goes away is told at once, right after the start, too', async () => {
  const { loop, queue } = watched();
  loop.up = true;
  expect(await queue()).toEqual({ state: 'ok' });
  loop.up = false;
  expect(await queue()).toMatchObject({ state: 'degraded' });
});

test('a Redis that answers and is not fit is degraded, and says why', async () => {
  const { loop, queue } = watched();
  Object.assign(loop, { up: true, trouble: 'it may evict keys' });
  expect(await queue()).toEqual({ state: 'degraded', reason: 'it may evict keys' });
});

test('a loop that fell silent although Redis answers is dead, unless it is at work', async () => {
  const { loop, queue, wake } = watched();
  loop.up = true;
  vi.advanceTimersByTime(120_001);
  expect(await queue()).toMatchObject({ state: 'dead' });
  loop.busy = 1;
  expect(await queue()).toEqual({ state: 'ok' });
  loop.busy = 0;
  wake();
  expect(await queue()).toEqual({ state: 'ok' });
});
