/** Offsets change at most at quarters of an hour (and are whole minutes) in every zone of this century. */
const bucketMs = 15 * 60_000;
const dayMs = 86_400_000;
const cacheLimit = 20_000;
const offsets = new Map<string, number>();
const formatters = new Map<string, Intl.DateTimeFormat>();

/** How far the clock on the wall is ahead of UTC at an instant, in milliseconds. */
export function zoneOffset(timeZone: string, instantMs: number): number {
  if (timeZone === 'UTC') return 0;
  const bucket = Math.floor(instantMs / bucketMs) * bucketMs;
  const key = `${timeZone} ${bucket}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = computeOffset(timeZone, bucket);
  if (offsets.size >= cacheLimit) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

/**
 * Instants at which a wall clock shows a time, earliest first: one, two where the clock goes back, none where it jumps ahead.
 * @param wallMs the wall's reading, as if it were UTC
 */
export function instantsOf(timeZone: string, wallMs: number): number[] {
  const around = [zoneOffset(timeZone, wallMs - dayMs), zoneOffset(timeZone, wallMs + dayMs)];
  return [...new Set(around)]
    .map((offset) => ({ offset, instantMs: wallMs - offset }))
    .filter(({ offset, instantMs }) => zoneOffset(timeZone, instantMs) === offset)
    .map(({ instantMs }) => instantMs)
    .sort((a, b) => a - b);
}

/** First instant after the jump that skips this reading of the wall clock. */
export function endOfGap(timeZone: string, wallMs: number): number {
  const before = zoneOffset(timeZone, wallMs - dayMs);
  const after = zoneOffset(timeZone, wallMs + dayMs);
  let low = Math.floor((wallMs - Math.max(before, after)) / bucketMs) - 1;
  let high = Math.ceil((wallMs - Math.min(before, after)) / bucketMs) + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffset(timeZone, middle * bucketMs) === after) high = middle;
    else low = middle;
  }
  return high * bucketMs;
}

function computeOffset(timeZone: string, instantMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(instantMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - instantMs;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const options = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  const formatter = new Intl.DateTimeFormat('en-US', {
    ...options,
    timeZone,
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
  });
  formatters.set(timeZone, formatter);
  return formatter;
}
