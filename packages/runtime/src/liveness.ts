import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** A connection to Redis, as far as it knows itself. */
export interface Connected {
  /** Whether Redis answers. */
  readonly up: boolean;
  /** Why rings may be lost or refused although it answers, in one sentence. */
  readonly trouble?: string | undefined;
}

/** What is looked at of a loop that takes work from a queue. */
export interface WorkLoop extends Connected {
  readonly busy: number;
  /** When the handler began that has been at work longest; undefined when none is. */
  readonly busySince?: Date | undefined;
  /** Last sign of life of what takes rings; now while no place is free. */
  lastActivityAt(): Date;
}

interface Exports {
  readonly metrics: Metrics;
  readonly health: Health;
}

/** A loop that has been silent for this long although its queue answers will not wake up again. */
const silenceMs = 120_000;

/** No handler has this much to do: the longest, a slice of a verification, ends by itself within the hour. */
const handlerMs = 2 * 3_600_000;

/** So long the first connection may take, from the start on: whoever has only just asked cannot say yet that nobody answers. */
const firstAnswerMs = 5_000;

/**
 * Redis as a gauge and as a check: away is degraded, never dead.
 * @param away what follows from it, in one sentence
 */
export function watchQueue(
  connections: readonly Connected[],
  { metrics, health, away }: Exports & { readonly away: string },
): void {
  const ask = redisWatch(connections);
  metrics.collected('queue_up', () => {
    const found = ask();
    return found === 'asking' ? [] : [{ value: found === 'up' ? 1 : 0 }];
  });
  health.check('queue', () => {
    if (ask() === 'away') return { state: 'degraded', reason: away };
    const [trouble] = connections.flatMap((connection) => connection.trouble ?? []);
    return trouble === undefined ? { state: 'ok' } : { state: 'degraded', reason: trouble };
  });
}

/** The same for loops that take work, with busy and total places; a loop that fell asleep is dead and gets restarted. */
export function watchWorkLoops(
  loops: readonly WorkLoop[],
  { metrics, health, total }: Exports & { readonly total: number },
): void {
  const away = 'Redis does not answer; runs wait in Kubernetes and start when it is back';
  watchQueue(loops, { metrics, health, away });
  metrics.collected('workers_busy', () => [{ value: loops.reduce((sum, { busy }) => sum + busy, 0) }]);
  metrics.collected('workers_total', () => [{ value: total }]);
  const watches = loops.map((loop) => wedgeWatch(loop));
  health.check('work', () => {
    const reason = watches.map((look) => look(Date.now())).find((found) => found !== undefined);
    return reason === undefined ? { state: 'ok' } : { state: 'dead', reason };
  });
}

/** Counts how long rings had been due when they were taken. */
export function countWaits(
  metrics: Metrics,
): (answered: { readonly queue: string; readonly waitedMs: number }) => void {
  const waits = metrics.histogram('queue_wait_seconds', { buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600] });
  return ({ queue, waitedMs }) => waits.observe({ queue }, waitedMs / 1000);
}

/** Whether each answers; `asking` while the first answer may still be on its way. */
function redisWatch(connections: readonly Connected[]): () => 'up' | 'away' | 'asking' {
  const startedAt = performance.now();
  const answered = new Set<Connected>();
  return () => {
    for (const connection of connections) if (connection.up) answered.add(connection);
    const silent = connections.filter(({ up }) => !up);
    if (silent.length === 0) return 'up';
    const justStarted = performance.now() - startedAt < firstAnswerMs;
    return justStarted && !silent.some((connection) => answered.has(connection)) ? 'asking' : 'away';
  };
}

/** Says why a loop will do no more work by itself, if so. Silence while Redis is away is no sign: it counts from its return. */
function wedgeWatch(loop: WorkLoop): (now: number) => string | undefined {
  let away = false;
  let backAt = 0;
  return (now) => {
    if (loop.busySince && now - loop.busySince.getTime() > handlerMs)
      return 'a handler has been at work for more than two hours; nothing it does takes that long';
    if (!loop.up) {
      away = true;
      return undefined;
    }
    if (away) backAt = now;
    away = false;
    const silentMs = now - Math.max(loop.lastActivityAt().getTime(), backAt);
    return silentMs > silenceMs ? 'the loop that takes rings fell silent although Redis answers' : undefined;
  };
}
