import { setTimeout as sleep } from 'node:timers/promises';

/** The time that decides. Declared by its shape: whoever wires a service hands the installation's clock in. */
export interface Clock {
  now(): Date;
  /** Resolves when `now()` has reached `at`; rejects with the signal's reason when aborted. */
  sleepUntil(at: Date, signal: AbortSignal): Promise<void>;
}

/** Node's timers overflow above this and fire at once. */
const maxTimerMs = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => new Date(),
  async sleepUntil(at, signal) {
    for (let leftMs = at.getTime() - Date.now(); leftMs > 0; leftMs = at.getTime() - Date.now()) {
      await pause(Math.min(leftMs, maxTimerMs), signal);
    }
    signal.throwIfAborted();
  },
};

/** Real time, whatever a clock says: for networks, not for decisions. Rejects with the signal's reason when aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
