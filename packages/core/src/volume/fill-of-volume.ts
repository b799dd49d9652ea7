import type { Status, VolumeReport, VolumeStatus } from '@holdfast/types';
import { formatBytes } from '../format/bytes.ts';
import { toTime } from '../format/time.ts';

/** One look at a time: what runs every hour would fill the line with one day. */
const sampleEveryMs = 12 * 3_600_000;
const mostSamples = 14;
/** Below this a line through the looks says more of one night than of many. */
const leastSamples = 3;
const leastSpanMs = 86_400_000;
const dayMs = 86_400_000;
/** Beyond, a forecast is none. */
const furthestDays = 3_650;

/** What the record says of a claim's volume after a backup's pod has looked at it. */
export function withVolume(
  before: VolumeStatus | undefined,
  { capacityBytes, freeBytes }: VolumeReport,
  now: Date,
): VolumeStatus {
  const usedBytes = Math.max(0, capacityBytes - freeBytes);
  // Another size is another volume, or one that was made larger: what was seen before says little of it.
  const known = before?.capacityBytes === capacityBytes ? (before.samples ?? []) : [];
  const samples = sampled(known, { time: toTime(now), usedBytes });
  const growth = growthPerDay(samples);
  return {
    time: toTime(now),
    capacityBytes,
    usedBytes,
    freeBytes,
    ...(growth !== undefined && { growthBytesPerDay: Math.round(growth) }),
    ...daysLeft(freeBytes, growth),
    samples,
  };
}

/** Fewer days than this are worth telling somebody. */
const soonDays = 7;

/** Why a volume will soon refuse a backup, in one sentence with its remedy; undefined while there is no reason to think so. */
export function volumeTrouble({ volume, history = [] }: Pick<Status, 'volume' | 'history'>): string | undefined {
  if (!volume) return undefined;
  const { freeBytes, capacityBytes, daysUntilFull, growthBytesPerDay = 0 } = volume;
  const largest = Math.max(0, ...history.map(({ stats }) => stats?.sizeBytes ?? 0));
  const room = `${formatBytes(freeBytes)} of ${formatBytes(capacityBytes)} are left on the claim's volume`;
  const remedy = 'make the claim larger, or keep less of what is there';
  if (freeBytes < largest)
    return `${room}, less than the largest backup of late takes (${formatBytes(largest)}); ${remedy}`;
  if (daysUntilFull === undefined || daysUntilFull >= soonDays) return undefined;
  const days = daysUntilFull === 1 ? 'a day' : `${daysUntilFull} days`;
  return `${room}; growing by ${formatBytes(growthBytesPerDay)} a day it is full in about ${days}; ${remedy}`;
}

/** The newest look always stands; it takes the place of the one before while that is not old enough to count by itself. */
function sampled(known: readonly Sample[], newest: Sample): Sample[] {
  const [last, earlier] = [known.at(-1), known.at(-2)];
  const tooSoon = last && earlier && Date.parse(last.time) - Date.parse(earlier.time) < sampleEveryMs;
  return [...(tooSoon ? known.slice(0, -1) : known), newest].slice(-mostSamples);
}

type Sample = VolumeStatus['samples'][number];

/** Slope of the straight line that fits best; undefined when too little was seen. Retention lets it go up and down between. */
function growthPerDay(samples: readonly Sample[]): number | undefined {
  const points = samples.map(({ time, usedBytes }) => ({ day: Date.parse(time) / dayMs, usedBytes }));
  const [first, last] = [points.at(0), points.at(-1)];
  if (!first || !last || points.length < leastSamples || (last.day - first.day) * dayMs < leastSpanMs) return undefined;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [day, used] = [mean(points.map((point) => point.day)), mean(points.map((point) => point.usedBytes))];
  const across = points.reduce((sum, point) => sum + (point.day - day) * (point.usedBytes - used), 0);
  return across / points.reduce((sum, point) => sum + (point.day - day) ** 2, 0);
}

/** Nothing is said of a volume that does not grow, or not within years. */
function daysLeft(freeBytes: number, growth: number | undefined): { daysUntilFull?: number } {
  if (growth === undefined || growth <= 0) return {};
  const days = Math.floor(freeBytes / growth);
  return days > furthestDays ? {} : { daysUntilFull: days };
}
