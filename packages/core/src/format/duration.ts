/** Milliseconds as people read them, at most two neighbouring units from a day on: `850ms`, `4.2s`, `3m12s`, `2h0m5s`, `3d4h`. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs) || durationMs <= 0) return '0s';
  if (Math.round(durationMs) < 1000) return `${Math.round(durationMs)}ms`;
  if (Math.round(durationMs / 100) < 100) return `${(durationMs / 1000).toFixed(1).replace(/\.0$/, '')}s`;
  const seconds = Math.round(durationMs / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return hours > 0 ? `${days}d${hours}h` : `${days}d`;
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
