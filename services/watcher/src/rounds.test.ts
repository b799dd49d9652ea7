import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openRounds } from './rounds.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const everyMs = 60_000;

/** Rounds over no backups at all, by a clock whose sleep the test can break. */
function aRound() {
  let frozen = false;
  const stop = new AbortController();
  const rounds = openRounds(
    {
      now: () => new Date(),
      sleepUntil: (at, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          if (!frozen) setTimeout(resolve, at.getTime() - Date.now());
        }),
    },
    everyMs,
  );
  let looks = 0;
  const key = { namespace: 'neo4j', name: 'nightly' };
  const world = { backups: () => [{ key }] as never };
  const kept = rounds.keep(world, { add: () => void (looks += 1) }, stop.signal);
  return { rounds, kept, stop, freeze: () => void (frozen = true), looks: () => looks };
}

test('everything is looked at again and again', async () => {
  const { rounds, looks, stop, kept } = aRound();
  expect(looks()).toBe(1);
  await vi.advanceTimersByTimeAsync(3 * everyMs);
  expect(looks()).toBe(4);
  expect(rounds.check()).toEqual({ state: 'ok' });
  stop.abort();
  await kept;
});

test('a round can be had at once, while somebody keeps them', async () => {
  const { rounds, looks, stop, kept } = aRound();
  rounds.lookNow();
  expect(looks()).toBe(2);
  stop.abort();
  await kept;
  rounds.lookNow();
  expect(looks()).toBe(2);
});

test('rounds that stopped although somebody keeps them are dead, and those that nobody keeps are not', async () => {
  const { rounds, freeze, stop, kept } = aRound();
  freeze();
  await vi.advanceTimersByTimeAsync(everyMs);
  await vi.advanceTimersByTimeAsync(4 * everyMs);
  expect(rounds.check()).toEqual({ state: 'ok' });
  await vi.advanceTimersByTimeAsync(1);
  expect(rounds.check()).toEqual({ state: 'dead', reason: 'nothing has been looked at again for 240 s' });
  stop.abort();
  await kept;
  expect(rounds.check()).toEqual({ state: 'ok' });
});
