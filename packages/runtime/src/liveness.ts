import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** What is looked at of a loop that takes work from a queue. */
export interface WorkLoop {
  readonly busy: number;
  readonly up: boolean;
  readonly trouble?: string | undefined;
  lastActivityAt(): Date;
}

/** A loop that has been silent for this long although its queue answers will not wake up again. */
const silenceMs = 120_000;

/** So long the first connection may take, from the start on: whoever has only just asked cannot say yet that nobody answers. */
const firstAnswerMs = 5_000;

/** Busy and total places as metrics; a queue that is away is degraded, a loop that fell asleep is dead and gets restarted. */
export function watchWorkLoops(
  loops: readonly WorkLoop[],
  { metrics, health, total }: { metrics: Metrics; health: Health; total: number },
): void {
  metrics.collected({
    name: 'workers_busy',
    help: 'Handlers at work now.',
    collect: () => [{ value: loops.reduce((sum, { busy }) => sum + busy, 0) }],
  });
  metrics.collected({
    name: 'workers_total',
    help: 'Handlers that may work at once.',
    collect: () => [{ value: total }],
  });
  metrics.collected({
    name: 'queue_up',
    help: 'Whether Redis answers.',
    collect: () => [{ value: loops.every(({ up }) => up) ? 1 : 0 }],
  });
  const startedAt = performance.now();
  const answered = new Set<WorkLoop>();
  health.check('queue', () => {
    for (const loop of loops) if (loop.up) answered.add(loop);
    const asking = performance.now() - startedAt < firstAnswerMs;
    if (loops.some((loop) => !loop.up && !(asking && !answered.has(loop))))
      return { state: 'degraded', reason: 'Redis does not answer; runs wait in Kubernetes and start when it is back' };
    const [trouble] = loops.flatMap((loop) => loop.trouble ?? []);
    const silent = loops.some((loop) => loop.busy === 0 && Date.now() - loop.lastActivityAt().getTime() > silenceMs);
    if (silent) return { state: 'dead', reason: 'the loop that takes rings fell silent' };
    return trouble === undefined ? { state: 'ok' } : { state: 'degraded', reason: trouble };
  });
}
