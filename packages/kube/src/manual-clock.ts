import type { Clock } from './clock.ts';

/** A clock for tests: it stands still until it is told to jump. */
export function manualClock(): { clock: Clock; jump(ms: number): void } {
  let nowMs = Date.parse('2026-03-01T02:00:00Z');
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => new Date(nowMs),
    sleepUntil: (at, signal) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (signal.aborted) reject(signal.reason);
          else if (nowMs >= at.getTime()) resolve();
          else return;
          sleepers.delete(look);
        };
        sleepers.add(look);
        signal.addEventListener('abort', look, { once: true });
        look();
      }),
  };
  return {
    clock,
    jump(ms) {
      nowMs += ms;
      for (const look of [...sleepers]) look();
    },
  };
}
