import type { Steps } from '@holdfast/core';
import { expect, test } from 'vitest';
import { inSlices } from './in-slices.ts';

/** As many steps as told, of which each takes a millisecond of a clock that nothing else moves. */
function aWork(steps: number): { work: Steps<number>; now: () => number; taken: () => number } {
  let taken = 0;
  function* work(): Steps<number> {
    for (; taken < steps; taken += 1) yield;
    return taken;
  }
  return { work: work(), now: () => taken, taken: () => taken };
}

test('others have their turn after each slice, and the outcome is the same', async () => {
  const { work, now, taken } = aWork(95);
  const turns: number[] = [];
  const watch = (): void => {
    turns.push(taken());
    if (taken() < 95) setImmediate(watch);
  };
  setImmediate(watch);
  expect(await inSlices(work, { sliceMs: 10, now })).toBe(95);
  const most = turns.reduce((longest, at, index) => Math.max(longest, at - (turns[index - 1] ?? 0)), 0);
  expect(turns.length).toBeGreaterThan(8);
  expect(most).toBeLessThanOrEqual(11);
});

test('it can be called off between two slices', async () => {
  const { work, now, taken } = aWork(1_000);
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error('shutting down')));
  await expect(inSlices(work, { signal: stop.signal, sliceMs: 10, now })).rejects.toThrow('shutting down');
  expect(taken()).toBeLessThan(100);
});

test('what fails in a step fails', async () => {
  function* broken(): Steps<void> {
    yield;
    throw new Error('no plan');
  }
  await expect(inSlices(broken())).rejects.toThrow('no plan');
});
