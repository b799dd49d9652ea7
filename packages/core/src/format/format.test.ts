import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatThroughput } from './bytes.ts';
import { formatDuration } from './duration.ts';

describe('bytes', () => {
  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_288_490_189, '1.2 GiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [3 * 1024 ** 5, '3.0 PiB'],
    [-1, '0 B'],
    [Number.NaN, '0 B'],
  ])('%d reads %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('never read as 1024 of a unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|10[01]\d|102[0-3])(\.\d)? ([KMGTPE]i)?B$/);
      }),
    );
  });
});

describe('durations', () => {
  test.each([
    [0, '0s'],
    [850, '850ms'],
    [999.6, '1s'],
    [4200, '4.2s'],
    [9960, '10s'],
    [59_600, '1m0s'],
    [192_000, '3m12s'],
    [7_205_000, '2h0m5s'],
    [86_400_000, '1d'],
    [273_600_000, '3d4h'],
    [-5, '0s'],
  ])('%d ms read %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('throughput', () => {
  test('is bytes over time', () => {
    expect(formatThroughput(1_288_490_189, 192_000)).toBe('6.4 MiB/s');
  });

  test('does not exist where no time passed', () => {
    expect(formatThroughput(5, 0)).toBeUndefined();
  });
});
