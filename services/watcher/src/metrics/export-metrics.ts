import type { BackupFacts, Observed } from '@holdfast/core';
import type { Doorbell } from '@holdfast/queue';
import type { Metrics } from '@holdfast/runtime';
import type { Places } from '../places.ts';
import type { World } from '../world.ts';
import { exportExpectedIntervals, exportFreshness } from './freshness.ts';
import { openOfBackups } from './of-backups.ts';
import { countDurations, exportOutcome } from './outcome.ts';
import { exportProofs } from './proofs.ts';
import { exportQueues, exportRings } from './queues.ts';

export interface WatcherMetrics {
  /** Counts what cannot be computed from the objects later. */
  follow(current: BackupFacts | undefined, previous: BackupFacts | undefined): void;
}

/**
 * What the leader exports, and what each watcher does. Almost everything is computed from the objects at each scrape: a restart changes
 * nothing, and whoever leads says the same.
 */
export function exportMetrics(
  metrics: Metrics,
  given: { world: World; places: Places; doorbell: Doorbell; leads: () => boolean; now: () => Date },
): WatcherMetrics {
  const { world, places, doorbell, now } = given;
  let complete = false;
  // Half a listing would look as if the other half had been deleted. It never is complete when the process stops before.
  void world.synced.then(() => (complete = true)).catch(() => undefined);
  const leads = () => complete && given.leads();
  const backups = () => (leads() ? world.backups() : []);
  const show = openOfBackups(metrics, backups);
  exportFreshness(show);
  exportExpectedIntervals(metrics, { backups, now });
  exportOutcome(show);
  exportProofs(show);
  exportQueues(metrics, { observed: () => (leads() ? observedOf(world) : undefined), now });
  exportRings(metrics, doorbell, leads);
  metrics.collected('runs_waiting', () =>
    leads() ? [...places.waiting()].map(([reason, value]) => ({ labels: { reason }, value })) : [],
  );
  metrics.collected('storage_breaker_open', () =>
    leads() ? places.heldStores().map(({ count, ...labels }) => ({ labels, value: count })) : [],
  );
  metrics.collected('leader', () => [{ value: given.leads() ? 1 : 0 }]);
  metrics.collected('watch_restarts_total', () =>
    Object.entries(world.restarts()).map(([resource, value]) => ({ labels: { resource }, value })),
  );
  return { follow: countDurations(metrics, leads) };
}

/** Only a run has a Job to look for. */
function* observedOf(world: World): Iterable<Observed> {
  for (const backup of world.backups()) {
    const { namespace, name } = backup.key;
    yield (backup.status.activeRun && world.observe(`${namespace}/${name}`)) ?? { backup };
  }
}
