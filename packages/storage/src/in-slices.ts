import { setImmediate as turn } from 'node:timers/promises';
import type { Steps } from '@holdfast/core';

export interface Slicing {
  readonly signal?: AbortSignal | undefined;
  /** Longest time without a turn for anybody else. */
  readonly sliceMs?: number;
  /** Milliseconds of a clock that never goes back; real time by default. */
  readonly now?: () => number;
}

/**
 * Takes the steps of a long decision and lets everything else have its turn between slices of them: a service that plans for a million
 * artifacts answers its probes and renews its locks meanwhile.
 */
export async function inSlices<T>(steps: Steps<T>, options: Slicing = {}): Promise<T> {
  const { signal, sliceMs = 10, now = () => performance.now() } = options;
  for (let endsAt = now() + sliceMs; ;) {
    const next = steps.next();
    if (next.done) return next.value;
    if (now() < endsAt) continue;
    await turn();
    signal?.throwIfAborted();
    endsAt = now() + sliceMs;
  }
}
