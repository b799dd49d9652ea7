import { readFileSync, statSync } from 'node:fs';

/** The time of this installation. Everything that decides reads it here. */
export interface Clock {
  now(): Date;
  /** Resolves when `now()` has reached `at`, at once when it is past; rejects with the signal's reason when aborted. */
  sleepUntil(at: Date, signal: AbortSignal): Promise<void>;
  /** Calls back after a jump of a dev cluster's clock, with its size in milliseconds. Returns what ends the watch. Real time never jumps. */
  onJump?(listener: (byMs: number) => void): () => void;
}

/**
 * Real time, or with `file` (dev clusters, `{"offsetMs": N}`) real time plus an offset that a test may change at any moment. A
 * file that cannot be read is an error at opening; later the last good value stays, because its writer may be replacing it.
 */
export function openClock(file?: string): Clock {
  if (!file)
    return { now: () => new Date(), sleepUntil: (at, signal) => sleep(at, () => new Date(), maxTimerMs, signal) };
  const offset = watchedOffset(file);
  const now = () => new Date(Date.now() + offset.ms());
  return {
    now,
    sleepUntil: (at, signal) => sleep(at, now, lookEveryMs, signal),
    onJump: (listener) => offset.onJump(listener),
  };
}

/** Node's timers overflow above this and fire at once. */
const maxTimerMs = 2 ** 31 - 1;
/** How long a clock file's value is trusted. */
const trustMs = 20;
/** How often a sleeper looks at a clock that may jump. */
const lookEveryMs = 50;

function sleep(at: Date, now: () => Date, stepMs: number, signal: AbortSignal): Promise<void> {
  if (Number.isNaN(at.getTime())) throw new RangeError('cannot sleep until an invalid date');
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const look = () => {
      const leftMs = at.getTime() - now().getTime();
      if (leftMs > 0) {
        timer = setTimeout(look, Math.min(leftMs, stepMs));
        return;
      }
      signal.removeEventListener('abort', stop);
      resolve();
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    look();
  });
}

/** The offset in a file: looked at with `stat` at most every 20 ms, and read only when the file is another one than before. */
function watchedOffset(file: string): { ms(): number; onJump(listener: (byMs: number) => void): () => void } {
  const listeners = new Set<(byMs: number) => void>();
  let seen = fingerprint(file);
  let offsetMs = readOffset(file);
  let lookedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const ms = () => {
    if (performance.now() - lookedAt < trustMs) return offsetMs;
    lookedAt = performance.now();
    const current = fingerprint(file);
    if (current === seen) return offsetMs;
    const before = offsetMs;
    offsetMs = readOr(file, before);
    seen = current;
    if (offsetMs !== before) for (const listener of listeners) queueMicrotask(() => listener(offsetMs - before));
    return offsetMs;
  };
  const onJump = (listener: (byMs: number) => void) => {
    listeners.add(listener);
    timer ??= setInterval(ms, lookEveryMs).unref();
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  };
  return { ms, onJump };
}

/** Changes whenever the file is written or replaced; a rename within one tick of the clock still changes the inode. */
function fingerprint(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats ? `${stats.ino}:${stats.size}:${stats.mtimeNs}` : 'missing';
}

function readOr(file: string, before: number): number {
  try {
    return readOffset(file);
  } catch {
    return before; // its writer is in the middle of replacing it: the next change of the file brings another look
  }
}

function readOffset(file: string): number {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const offsetMs = typeof parsed === 'object' && parsed !== null && 'offsetMs' in parsed ? parsed.offsetMs : undefined;
  if (typeof offsetMs !== 'number') throw new Error(`clock file ${file} has no number offsetMs`);
  return offsetMs;
}
