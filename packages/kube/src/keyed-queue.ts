import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface KeyedQueueOptions {
  /** Looks at one key. What it learns it reads for itself; a thrown error brings the key back after a pause. */
  readonly handle: (key: string, signal: AbortSignal) => Promise<void>;
  /** Keys in hand at a time; default 8. */
  readonly concurrency?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** First pause after an error, doubling up to `maxPauseMs`; default 500 ms and 60 s, by the given clock. */
  readonly pauseMs?: number;
  readonly maxPauseMs?: number;
}

export interface KeyedQueue {
  /** Look at this key soon. A key that waits already is not added twice; one in hand is looked at once more afterwards. */
  add(key: string): void;
  /** Look at this key at that time; of several times the earliest counts, until it comes. */
  at(key: string, date: Date): void;
  /** Forgets the key's timer and errors: its object is gone. */
  forget(key: string): void;
  /** Resolves when nothing waits and nothing is in hand; timers do not count. */
  idle(): Promise<void>;
  readonly stats: {
    readonly waiting: number;
    readonly inHand: number;
    readonly timers: number;
    readonly failing: number;
  };
}

/** Keys that are to be looked at: coalescing, one handler per key at a time, a bounded number at once. Stops with its signal. */
export function keyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const { clock, signal, log, concurrency = 8, pauseMs = 500, maxPauseMs = 60_000 } = options;
  const waiting = new Set<string>();
  const inHand = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { readonly at: Date; readonly stop: AbortController }>();
  let busy = false;
  let idle = Promise.withResolvers<void>();
  idle.resolve();
  signal.addEventListener('abort', stop, { once: true });

  function add(key: string): void {
    if (signal.aborted) return;
    if (inHand.has(key)) return void again.add(key);
    if (!busy) idle = Promise.withResolvers<void>();
    busy = true;
    waiting.add(key);
    takeNext();
  }

  function rest(): void {
    if (waiting.size + inHand.size > 0) return;
    busy = false;
    idle.resolve();
  }

  function stop(): void {
    waiting.clear();
    again.clear();
    rest();
  }

  function takeNext(): void {
    for (const key of waiting) {
      if (inHand.size >= concurrency || signal.aborted) return;
      waiting.delete(key);
      inHand.add(key);
      void work(key);
    }
  }

  async function work(key: string): Promise<void> {
    try {
      await Promise.resolve();
      await options.handle(key, signal);
      failures.delete(key);
    } catch (error) {
      if (!signal.aborted) comeBack(key, error);
    }
    inHand.delete(key);
    if (again.delete(key)) add(key);
    takeNext();
    rest();
  }

  function comeBack(key: string, error: unknown): void {
    const failed = (failures.get(key) ?? 0) + 1;
    failures.set(key, failed);
    const longestMs = Math.min(pauseMs * 2 ** (failed - 1), maxPauseMs);
    const waitMs = longestMs * (0.5 + Math.random() / 2);
    log.warn({ key, failed, waitMs: Math.round(waitMs), err: error }, 'handling a key failed, it comes back');
    at(key, new Date(clock.now().getTime() + waitMs));
  }

  function at(key: string, date: Date): void {
    const set = timers.get(key);
    if (signal.aborted || (set && set.at <= date)) return;
    set?.stop.abort();
    const stop = new AbortController();
    timers.set(key, { at: date, stop });
    const ended = AbortSignal.any([signal, stop.signal]);
    clock.sleepUntil(date, ended).then(
      () => {
        timers.delete(key);
        add(key);
      },
      (error: unknown) => {
        if (!ended.aborted) log.error({ key, err: error }, 'a timer broke');
        if (timers.get(key)?.stop === stop) timers.delete(key);
      },
    );
  }

  return {
    add,
    at,
    forget(key) {
      timers.get(key)?.stop.abort();
      timers.delete(key);
      failures.delete(key);
      waiting.delete(key);
      again.delete(key);
      rest();
    },
    idle: () => idle.promise,
    get stats() {
      return { waiting: waiting.size, inHand: inHand.size, timers: timers.size, failing: failures.size };
    },
  };
}
