import type { VolumeStatus } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { volumeTrouble, withVolume } from './fill-of-volume.ts';

const gibibyte = 1024 ** 3;
const day = 86_400_000;
const start = Date.parse('2026-03-01T02:00:00Z');
const capacityBytes = 100 * gibibyte;

/** Looks at a volume of 100 GiB, each so many days after the first. */
function seen(looks: readonly (readonly [days: number, usedGiB: number])[]): VolumeStatus {
  let volume: VolumeStatus | undefined;
  for (const [days, used] of looks)
    volume = withVolume(
      volume,
      { capacityBytes, freeBytes: capacityBytes - used * gibibyte },
      new Date(start + days * day),
    );
  if (!volume) throw new Error('nobody looked');
  return volume;
}

describe('days until a volume is full', () => {
  test.each<[string, [number, number][], number | undefined]>([
    ['unknown after one look', [[0, 10]], undefined],
    [
      'unknown after two',
      [
        [0, 10],
        [1, 20],
      ],
      undefined,
    ],
    [
      'unknown within one day',
      [
        [0, 10],
        [0.3, 20],
        [0.6, 30],
      ],
      undefined,
    ],
    [
      'those that the growth leaves',
      [
        [0, 10],
        [1, 20],
        [2, 30],
        [3, 40],
      ],
      6,
    ],
    [
      'none when it is full',
      [
        [0, 80],
        [1, 90],
        [2, 100],
      ],
      0,
    ],
    [
      'unknown when it stays as it is',
      [
        [0, 40],
        [1, 40],
        [2, 40],
      ],
      undefined,
    ],
    [
      'unknown when it shrinks',
      [
        [0, 40],
        [1, 30],
        [2, 20],
      ],
      undefined,
    ],
    [
      'unknown when it is years away',
      [
        [0, 1],
        [1, 1.001],
        [2, 1.002],
      ],
      undefined,
    ],
    [
      'not thrown off by nights in which retention made room',
      [
        [0, 10],
        [1, 20],
        [2, 15],
        [3, 25],
        [4, 20],
        [5, 30],
      ],
      22,
    ],
  ])('%s', (_what, looks, days) => {
    expect(seen(looks).daysUntilFull).toBe(days);
  });

  test('count from what hourly runs saw over days, in a bounded number of looks', () => {
    const hourly = Array.from({ length: 240 }, (_, hour) => [hour / 24, 10 + hour / 24] as const);
    const volume = seen(hourly);
    expect(volume.samples.length).toBeLessThanOrEqual(14);
    expect(volume.daysUntilFull).toBe(80);
    expect(volume.samples.at(-1)?.time).toBe(volume.time);
  });

  test('begin anew with a volume of another size', () => {
    const before = seen([
      [0, 10],
      [1, 20],
      [2, 30],
    ]);
    const larger = withVolume(
      before,
      { capacityBytes: 2 * capacityBytes, freeBytes: capacityBytes },
      new Date(start + 3 * day),
    );
    expect(larger.samples).toHaveLength(1);
    expect(larger).not.toHaveProperty('daysUntilFull');
  });
});

describe('trouble with a volume', () => {
  const run = (sizeGiB: number) =>
    ({
      runId: 'r',
      trigger: 'Schedule',
      status: 'Succeeded',
      reason: 'Succeeded',
      stats: { sizeBytes: sizeGiB * gibibyte },
    }) as const;

  test('is none while there is room for more than a week, or nobody knows', () => {
    expect(volumeTrouble({})).toBeUndefined();
    expect(volumeTrouble({ volume: seen([[0, 10]]), history: [run(5)] })).toBeUndefined();
    expect(
      volumeTrouble({
        volume: seen([
          [0, 1],
          [1, 2],
          [2, 3],
        ]),
        history: [run(1)],
      }),
    ).toBeUndefined();
  });

  test('is told with its days and its remedy', () => {
    const told = volumeTrouble({
      volume: seen([
        [0, 50],
        [1, 60],
        [2, 70],
      ]),
      history: [run(10)],
    });
    expect(told).toBe(
      "30.0 GiB of 100.0 GiB are left on the claim's volume; growing by 10.0 GiB a day it is full in about 3 days; make the claim larger, or keep less of what is there",
    );
  });

  test('is told at once when the largest backup of late would not fit again', () => {
    const told = volumeTrouble({ volume: seen([[0, 95]]), history: [run(1), run(10)] });
    expect(told).toContain('less than the largest backup of late takes (10.0 GiB)');
  });
});
