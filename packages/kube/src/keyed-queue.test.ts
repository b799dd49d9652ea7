import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyedQueue, type KeyedQueue, type KeyedQueueOptions } from './keyed-queue.ts';
import { manualClock } from './manual-clock.ts';
import { silentLog } from './silent-log.ts';

let stop: AbortController;
let time: ReturnType<typeof manualClock>;
beforeEach(() => {
  stop = new AbortController();
  time = manualClock();
});
afterEach(() => stop.abort());

function aQueue(handle: KeyedQueueOptions['handle'], change: Partial<KeyedQueueOptions> = {}): KeyedQueue {
  return keyedQueue({ handle, clock: time.clock, signal: stop.signal, log: silentLog(), ...change });
}

const in1Minute = (): Date => new Date(time.clock.now().getTime() + 60_000);

test('a key that waits already is looked at once', async () => {
  const seen: string[] = [];
  const queue = aQueue(async (key) => void seen.push(key), { concurrency: 1 });
  for (const key of ['a', 'b', 'b', 'b', 'c']) queue.add(key);
  await queue.idle();
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('a key that changes while it is in hand is looked at once more afterwards, never twice at a time', async () => {
  let inHand = 0;
  let looks = 0;
  const first = Promise.withResolvers<void>();
  const queue = aQueue(async () => {
    expect(++inHand).toBe(1);
    if (++looks === 1) await first.promise;
    inHand--;
  });
  queue.add('a');
  await expect.poll(() => looks).toBe(1);
  queue.add('a');
  queue.add('a');
  const idle = queue.idle();
  first.resolve();
  await idle;
  expect(looks).toBe(2);
});

test('no more keys than allowed are in hand', async () => {
  let inHand = 0;
  let most = 0;
  const queue = aQueue(
    async () => {
      most = Math.max(most, ++inHand);
      await new Promise((resolve) => void setImmediate(resolve));
      inHand--;
    },
    { concurrency: 3 },
  );
  for (let i = 0; i < 20; i++) queue.add(`k${i}`);
  await queue.idle();
  expect(most).toBe(3);
});

test('a key whose handler fails comes back after a pause that doubles, and the others go on', async () => {
  const seen: string[] = [];
  const queue = aQueue(
    async (key) => {
      seen.push(key);
      if (key === 'bad' && seen.filter((each) => each === 'bad').length < 3) throw new Error('not yet');
    },
    { pauseMs: 1000 },
  );
  queue.add('bad');
  queue.add('good');
  await queue.idle();
  expect(queue.stats).toMatchObject({ failing: 1, timers: 1 });
  time.jump(499);
  await queue.idle();
  expect(seen).toEqual(['bad', 'good']);
  time.jump(501);
  await expect.poll(() => seen).toEqual(['bad', 'good', 'bad']);
  await expect.poll(() => queue.stats.timers).toBe(1);
  time.jump(2000);
  await expect.poll(() => queue.stats).toMatchObject({ failing: 0, timers: 0, inHand: 0 });
  expect(seen).toHaveLength(4);
});

test('a timer obeys the clock, and of two the earlier one counts', async () => {
  const seen: string[] = [];
  const queue = aQueue(async (key) => void seen.push(key));
  queue.at('a', new Date(in1Minute().getTime() + 3_600_000));
  queue.at('a', in1Minute());
  queue.at('a', new Date(in1Minute().getTime() + 1000));
  expect(queue.stats.timers).toBe(1);
  time.jump(60_000);
  await expect.poll(() => seen).toEqual(['a']);
  await expect.poll(() => queue.stats.timers).toBe(0);
});

test('a forgotten key has no timer and no past', async () => {
  const seen: string[] = [];
  const queue = aQueue(async (key) => void seen.push(key));
  queue.at('a', in1Minute());
  queue.forget('a');
  time.jump(120_000);
  queue.add('b');
  await queue.idle();
  expect(seen).toEqual(['b']);
});

test('a stopped queue begins nothing more and is idle when what was in hand has ended', async () => {
  const seen: string[] = [];
  const last = Promise.withResolvers<void>();
  const queue = aQueue(
    async (key) => {
      seen.push(key);
      await last.promise;
    },
    { concurrency: 1 },
  );
  queue.add('a');
  queue.add('b');
  queue.at('c', in1Minute());
  await expect.poll(() => seen).toEqual(['a']);
  stop.abort();
  queue.add('d');
  time.jump(120_000);
  last.resolve();
  await queue.idle();
  expect(seen).toEqual(['a']);
  expect(queue.stats).toMatchObject({ waiting: 0, inHand: 0 });
});
