import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The one clock of a dev cluster: real time plus an offset that lives in a small file every process reads. */
export interface ClusterClock {
  /** Path to hand to processes as `HOLDFAST_CLOCK_FILE`. */
  readonly file: string;
  now(): Date;
  /** Milliseconds the cluster is ahead of real time. */
  offsetMs(): number;
  /** Jumps forward, and returns when nobody can still read the time from before. */
  advance(ms: number): void;
  /** Jumps to an instant. Going back is refused: no server of a real cluster would do it. */
  set(to: Date): void;
  /** Jumps to an instant that is still ahead; where real time has already brought it, nothing happens. */
  reach(to: Date): void;
}

/** Opens the clock kept in `file`, making the file (offset 0) when there is none. */
export function openClusterClock(file: string): ClusterClock {
  const readOffset = offsetReader(file);
  const writeOffset = (offsetMs: number) => {
    mkdirSync(dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify({ offsetMs }));
    renameSync(fresh, file); // a reader sees the old value or the new one, never half a file
    readOffset.fresh();
  };
  const now = () => new Date(Date.now() + readOffset.fresh());
  const advance = (ms: number) => {
    if (!Number.isFinite(ms) || ms < 0)
      throw new RangeError(`the cluster's clock only goes forward; asked for ${ms} ms`);
    writeOffset(Math.round(readOffset.fresh() + ms));
    // A run that somebody records with the old time, after the jump, would be over its deadline at once.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, trustMs + 1);
  };
  if (!statSync(file, { throwIfNoEntry: false })) writeOffset(0);
  return {
    file,
    now: () => new Date(Date.now() + readOffset.cached()),
    offsetMs: () => readOffset.cached(),
    advance,
    set: (to) => advance(to.getTime() - now().getTime()),
    reach: (to) => advance(Math.max(0, to.getTime() - now().getTime())),
  };
}

/** How long a value read from the file is trusted. */
const trustMs = 20;

function offsetReader(file: string): { fresh(): number; cached(): number } {
  let offsetMs = 0;
  let readAt = -Infinity;
  const fresh = () => {
    const text = JSON.parse(readFileSync(file, 'utf8')) as { offsetMs?: unknown };
    if (typeof text.offsetMs !== 'number') throw new Error(`${file} holds no number offsetMs`);
    offsetMs = text.offsetMs;
    readAt = performance.now();
    return offsetMs;
  };
  return { fresh, cached: () => (performance.now() - readAt < trustMs ? offsetMs : fresh()) };
}
