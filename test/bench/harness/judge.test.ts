import { expect, test } from 'vitest';
import { judge, median, quantile } from './judge.ts';

const rounds = [
  { ours: { ms: 10, cpuSeconds: 1 }, ruler: { ms: 10 } },
  { ours: { ms: 30, cpuSeconds: 3 }, ruler: { ms: 10 } },
  { ours: { ms: 12, cpuSeconds: 2 }, ruler: { ms: 8 } },
];
const comparison = { title: 'latency', ours: 'ours', ruler: 'ruler', value: 'ms' };

test('the ratio is that of the medians, and the worst round decides', () => {
  const seen = judge({ ...comparison, goal: { atMost: 2.9 } }, rounds);
  expect(seen).toMatchObject({ oursMedian: 12, rulerMedian: 10, ratio: 1.2, smallest: 1, largest: 3, met: false });
  expect(judge({ ...comparison, goal: { atMost: 3 } }, rounds).met).toBe(true);
  expect(judge({ ...comparison, goal: { atLeast: 1.1 } }, rounds).met).toBe(false);
  expect(judge({ ...comparison, goal: { atLeast: 1 } }, rounds).met).toBe(true);
});

test('without a ruler the value itself is judged, and costs stand beside it', () => {
  const seen = judge({ title: 'writes', ours: 'ours', value: 'ms', goal: { atMost: 30 } }, rounds);
  expect(seen).toMatchObject({ ratio: 12, largest: 30, met: true, cost: { ours: { cpuSeconds: 2 } } });
});

test('a value that a contender did not show is an error, not a zero', () => {
  expect(() => judge({ ...comparison, value: 'perSecond', goal: { atMost: 1 } }, rounds)).toThrow(
    'showed no perSecond',
  );
});

test('medians and quantiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
});
