import type { KeyedQueue } from '@holdfast/kube';
import type { CheckResult, Clock } from '@holdfast/runtime';
import type { World } from './world.ts';

export interface Rounds {
  /** Looks at everything now and then, and whenever a dev cluster's clock jumps, until the signal. */
  keep(world: Pick<World, 'backups'>, looks: Pick<KeyedQueue, 'add'>, signal: AbortSignal): Promise<void>;
  /** Begins a round at once, if somebody keeps them. */
  lookNow(): void;
  /** Dead when the rounds have stopped although somebody keeps them: nothing but a restart would bring them back. */
  check(): CheckResult;
}

/** Events make it fast, this makes it certain. */
export function openRounds(clock: Clock, everyMs: number): Rounds {
  const patienceMs = 3 * everyMs + 60_000;
  /** Real time, which no clock of a dev cluster shifts; undefined while nobody keeps them. */
  let lastMs: number | undefined;
  let round: (() => void) | undefined;
  return {
    async keep(world, looks, signal) {
      const lookAtAll = () => {
        lastMs = performance.now();
        for (const { key } of world.backups()) looks.add(`${key.namespace}/${key.name}`);
      };
      round = lookAtAll;
      const stopJumps = clock.onJump?.(lookAtAll);
      try {
        while (!signal.aborted) {
          lookAtAll();
          await clock.sleepUntil(new Date(clock.now().getTime() + everyMs), signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        lastMs = undefined;
        round = undefined;
        stopJumps?.();
      }
    },
    lookNow: () => round?.(),
    check() {
      const silentMs = lastMs === undefined ? 0 : performance.now() - lastMs;
      if (silentMs <= patienceMs) return { state: 'ok' };
      return { state: 'dead', reason: `nothing has been looked at again for ${Math.round(silentMs / 1000)} s` };
    },
  };
}
