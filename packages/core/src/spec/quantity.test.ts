import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity, parseSize } from './quantity.ts';
import { Refused } from './refused.ts';

test.each([
  ['100Gi', 100 * 2 ** 30],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['5G', 5e9],
  ['128974848', 128_974_848],
  ['129e6', 129e6],
  ['129M', 129e6],
  ['123Mi', 123 * 2 ** 20],
  ['128974848000m', 128_974_848],
  ['500m', 0.5],
  ['.5', 0.5],
  ['0', 0],
  ['1Ei', 2 ** 60],
  ['2k', 2000],
])('%s is read', (text, number) => {
  expect(parseQuantity(text)).toBeCloseTo(number, 6);
});

test.each(['', 'Gi', '1gi', '1GB', '1 Gi', '-1Gi', '1K', '1e', '0x10', '1,5Gi', '1Gi\n'])('%j is refused', (text) => {
  expect(() => parseQuantity(text)).toThrow(Refused);
});

test.each(['0', '0Gi', '100m', '1e-3'])('%s is no size', (text) => {
  expect(() => parseSize(text)).toThrow('write a size above zero');
});

test('a size is whole bytes', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 20 }), (count) => parseSize(`${count}Ki`) === count * 1024));
  expect(parseSize('1500m')).toBe(2);
});
