import { expect, test } from 'vitest';
import { toTime, wholeSeconds } from './time.ts';

test('a time is written as Kubernetes writes it', () => {
  expect(toTime(new Date('2026-03-01T02:00:34.999Z'))).toBe('2026-03-01T02:00:34Z');
});

test('milliseconds and zones of other writers do not reach the status', () => {
  expect(wholeSeconds('2026-03-01T02:00:34.120Z')).toBe('2026-03-01T02:00:34Z');
  expect(wholeSeconds('2026-03-01T03:00:34+01:00')).toBe('2026-03-01T02:00:34Z');
});
