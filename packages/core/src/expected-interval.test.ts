import { expect, test } from 'vitest';
import { expectedInterval, expectedIntervalAt } from './expected-interval.ts';
import { aSpec, at } from './run/an-observed.ts';

const hourMs = 3_600_000;
const of = (expression: string) => ({ expression, timeZone: 'UTC' });

test('a daily schedule expects a run each day', () => {
  expect(expectedIntervalAt(of('0 2 * * *'), at('02T05:00'))).toEqual({
    intervalMs: 24 * hourMs,
    from: at('02T02:00'),
    until: at('03T02:00'),
  });
});

test('the weekend of a schedule of working days is expected until the run after it had its turn', () => {
  const workdays = of('0 2 * * 1-5'); // 2 March 2026 is a Monday
  const hours = (dayAndTime: string) => expectedIntervalAt(workdays, at(dayAndTime)).intervalMs / hourMs;
  expect(hours('06T01:59')).toBe(24);
  expect(hours('06T02:00')).toBe(72);
  expect(hours('08T12:00')).toBe(72);
  expect(hours('09T02:00')).toBe(72);
  expect(hours('10T02:00')).toBe(24);
});

test('a slot that comes every few years is expected as often', () => {
  const { intervalMs } = expectedIntervalAt(of('0 0 29 2 *'), at('02T00:00'));
  expect(intervalMs / hourMs).toBe(1461 * 24);
});

test('without a schedule nothing is expected', () => {
  expect(expectedInterval(aSpec(), at('02T00:00'))).toBeUndefined();
  expect(expectedInterval(aSpec({ schedule: of('0 * * * *') }), at('02T00:30'))).toBe(hourMs);
});
