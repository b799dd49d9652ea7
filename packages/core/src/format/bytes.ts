const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes as people read them, in powers of 1,024 and with one digit after the point from a KiB on: `512 B`, `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes <= 0) return '0 B';
  let value = Math.round(bytes);
  let unit = 0;
  // 1023.95 would be printed as 1024.0, which is one of the next unit.
  while (unit < units.length - 1 && value >= (unit === 0 ? 1024 : 1023.95)) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Bytes over time, such as `6.4 MiB/s`; undefined when no time passed, because then there is no rate. */
export function formatThroughput(bytes: number, durationMs: number): string | undefined {
  if (!Number.isFinite(durationMs) || durationMs <= 0) return undefined;
  return `${formatBytes((bytes * 1000) / durationMs)}/s`;
}
