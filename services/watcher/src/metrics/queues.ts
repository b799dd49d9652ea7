import { queuePlace, queueStates, type Observed, type QueueState } from '@holdfast/core';
import type { Doorbell } from '@holdfast/queue';
import type { Metrics, SamplesOf } from '@holdfast/runtime';
import { queueNames, type QueueName } from '@holdfast/types';

interface Line {
  readonly counts: Record<QueueState, number>;
  oldestMs?: number;
}

/**
 * The lines before the workers, as the objects tell them: what an autoscaler reads is right whatever Redis has forgotten.
 * @param given.observed undefined on a watcher that does not lead
 */
export function exportQueues(
  metrics: Metrics,
  given: { observed: () => Iterable<Observed> | undefined; now: () => Date },
): void {
  const read = () => {
    const observed = given.observed();
    return observed ? linesOf(observed, given.now()) : new Map<QueueName, Line>();
  };
  metrics.collected('queue_depth', () =>
    [...read()].flatMap(([queue, { counts }]) =>
      queueStates.map((state) => ({ labels: { queue, state }, value: counts[state] })),
    ),
  );
  metrics.collected('queue_oldest_age_seconds', () =>
    [...read()].flatMap(([queue, { oldestMs }]) =>
      oldestMs === undefined ? [] : [{ labels: { queue }, value: oldestMs / 1000 }],
    ),
  );
}

/** What lies in Redis. While it does not answer there are no samples; `queue_up` says why. */
export function exportRings(metrics: Metrics, doorbell: Doorbell, leads: () => boolean): void {
  metrics.collected('queue_rings', async (): Promise<SamplesOf<'queue_rings'>> => {
    if (!leads() || !doorbell.up) return [];
    const depths = await Promise.all(queueNames.map(async (queue) => ({ queue, ...(await doorbell.depth(queue)) })));
    return depths.flatMap(({ queue, waiting, delayed, active }) =>
      Object.entries({ waiting, delayed, active }).map(([state, value]) => ({ labels: { queue, state }, value })),
    );
  });
}

function linesOf(all: Iterable<Observed>, now: Date): ReadonlyMap<QueueName, Line> {
  const lines = new Map<QueueName, Line>(queueNames.map((queue) => [queue, { counts: noneOf() }]));
  for (const observed of all) {
    const place = queuePlace(observed, now);
    const line = place && lines.get(place.queue);
    if (!place || !line) continue;
    line.counts[place.state] += 1;
    if (place.state !== 'due' && place.state !== 'ready') continue;
    line.oldestMs = Math.max(line.oldestMs ?? 0, now.getTime() - place.since.getTime());
  }
  return lines;
}

function noneOf(): Line['counts'] {
  return { due: 0, recorded: 0, ready: 0, parked: 0, running: 0 };
}
