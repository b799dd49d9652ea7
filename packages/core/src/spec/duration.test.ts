import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';
import { Refused } from './refused.ts';

test.each([
  ['30d', 30 * 86_400_000],
  ['720h', 720 * 3_600_000],
  ['90m', 90 * 60_000],
  ['1h30m', 90 * 60_000],
  ['2w', 14 * 86_400_000],
  ['45s', 45_000],
  ['30m1h', 90 * 60_000],
])('%s is read', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '0d', '0h0m', '-1d', '1.5h', '30', 'd', '1y', '30D', ' 1h', '1h ', '1e3d', '999999999999w', '１d'])(
  '%j is refused',
  (text) => {
    expect(() => parseDuration(text)).toThrow(Refused);
  },
);

test('a refusal says what to write', () => {
  expect(() => parseDuration('30 days')).toThrow(
    'is "30 days"; write whole numbers with w, d, h, m or s, such as 30d, 720h or 1h30m',
  );
});

test('what is written in parts is read as their sum', () => {
  const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
  const part = fc.tuple(
    fc.integer({ min: 1, max: 500 }),
    fc.constantFrom(...(Object.keys(unitMs) as (keyof typeof unitMs)[])),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.map(([count, unit]) => `${count}${unit}`).join('');
      expect(parseDuration(text)).toBe(parts.reduce((sum, [count, unit]) => sum + count * unitMs[unit], 0));
    }),
  );
});
