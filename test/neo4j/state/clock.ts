import { readFileSync } from 'node:fs';

/**
 * The dev cluster's clock: real time plus the offset in the file, which is read anew at each call because a test may
 * move it at any moment. Without a path it is the real time; a file that cannot be read is an error, never real time.
 */
export function clockFrom(path: string | undefined): () => Date {
  if (!path) return () => new Date();
  return () => new Date(Date.now() + readOffsetMs(path));
}

function readOffsetMs(path: string): number {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const offsetMs = typeof parsed === 'object' && parsed !== null && 'offsetMs' in parsed ? parsed.offsetMs : undefined;
  if (typeof offsetMs !== 'number') throw new Error(`clock file ${path} has no number offsetMs`);
  return offsetMs;
}
