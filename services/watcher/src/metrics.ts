import type { BackupFacts } from '@holdfast/core';
import type { Doorbell } from '@holdfast/queue';
import type { Metrics } from '@holdfast/runtime';
import { queueNames, type HistoryEntry } from '@holdfast/types';
import type { Places } from './places.ts';
import type { World } from './world.ts';

export interface WatcherMetrics {
  /** Counts what is new in a backup's history. */
  follow(current: BackupFacts | undefined, previous: BackupFacts | undefined): void;
}

/**
 * What the leader exports. Gauges are computed from the objects at each scrape, so a restart changes nothing; counters follow the history, so
 * settlements are counted although workers come and go.
 */
export function exportMetrics(
  metrics: Metrics,
  given: { world: World; places: Places; doorbell: Doorbell; leads: () => boolean },
): WatcherMetrics {
  const { world, places, doorbell, leads } = given;
  const ofBackups = <L extends string>(
    samples: (facts: BackupFacts) => readonly { labels: Readonly<Record<L, string>>; value: number }[],
  ) => (leads() ? [...world.backups()].flatMap(samples) : []);

  metrics.collected({
    name: 'last_verified_timestamp_seconds',
    help: 'When something was last proven, by level of the proof.',
    labelNames: ['namespace', 'name', 'level'],
    collect: () => ofBackups(lastVerified),
  });
  metrics.collected({
    name: 'restore_point_timestamp_seconds',
    help: 'Start of the newest run that a restore would bring back.',
    labelNames: ['namespace', 'name'],
    collect: () => ofBackups(restorePoint),
  });
  metrics.collected({
    name: 'chain_state',
    help: 'Chains in the store, by state.',
    labelNames: ['namespace', 'name', 'state'],
    collect: () => ofBackups(chainState),
  });
  metrics.collected({
    name: 'damaged_artifacts',
    help: 'Artifacts in the store that must not be restored.',
    labelNames: ['namespace', 'name'],
    collect: () => ofBackups(damagedArtifacts),
  });
  metrics.collected({
    name: 'retention_held',
    help: 'Why retention holds back, 1 for each reason in force.',
    labelNames: ['namespace', 'name', 'reason'],
    collect: () => ofBackups(retentionHeld),
  });
  metrics.collected({
    name: 'runs_waiting',
    help: 'Runs that wait, by reason.',
    labelNames: ['reason'],
    collect: () => (leads() ? [...places.waiting()].map(([reason, value]) => ({ labels: { reason }, value })) : []),
  });
  metrics.collected({
    name: 'leader',
    help: 'Whether this replica leads.',
    collect: () => [{ value: leads() ? 1 : 0 }],
  });
  metrics.collected({
    name: 'watch_restarts_total',
    help: 'Watches begun anew since the start, by resource.',
    labelNames: ['resource'],
    collect: () => Object.entries(world.restarts()).map(([resource, value]) => ({ labels: { resource }, value })),
  });
  exportQueues(metrics, doorbell, leads);
  return exportCounters(metrics, leads);
}

function exportQueues(metrics: Metrics, doorbell: Doorbell, leads: () => boolean): void {
  const read = async () =>
    leads() ? Promise.all(queueNames.map(async (queue) => ({ queue, ...(await doorbell.depth(queue)) }))) : [];
  let underWay: ReturnType<typeof read> | undefined;
  // Both gauges are computed in the same scrape, and one look at each queue serves both.
  const depths = () => (underWay ??= read().finally(() => (underWay = undefined)));
  metrics.collected({
    name: 'queue_depth',
    help: 'Rings in each queue, by state.',
    labelNames: ['queue', 'state'],
    collect: async () =>
      (await depths()).flatMap(({ queue, waiting, delayed, active }) =>
        Object.entries({ waiting, delayed, active }).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
  });
  metrics.collected({
    name: 'queue_oldest_age_seconds',
    help: 'How long the ring at the head of each queue has been due; absent when nothing waits.',
    labelNames: ['queue'],
    collect: async () =>
      (await depths()).flatMap(({ queue, oldestAgeMs }) =>
        oldestAgeMs === undefined ? [] : [{ labels: { queue }, value: oldestAgeMs / 1000 }],
      ),
  });
}

/** Every replica counts, so that who takes over has missed nothing; only the leader shows it, so that sums never double. */
function exportCounters(metrics: Metrics, leads: () => boolean): WatcherMetrics {
  const runs = metrics.counter({
    name: 'runs_total',
    help: 'Settled runs.',
    labelNames: ['namespace', 'name', 'result', 'reason'],
    shown: leads,
  });
  const missed = metrics.counter({
    name: 'missed_slots_total',
    help: 'Slots that passed without a run.',
    labelNames: ['namespace', 'name', 'reason'],
    shown: leads,
  });
  return {
    follow(current, previous) {
      if (!current || !previous || current.uid !== previous.uid) return; // what was there before this process is not news
      const { namespace, name } = current.key;
      for (const entry of newEntries(current, previous)) {
        const { reason, status } = entry;
        if (status === 'Missed') missed.inc({ namespace, name, reason }, missedSince(entry, previous));
        else runs.inc({ namespace, name, result: status, reason });
      }
    },
  };
}

function newEntries(current: BackupFacts, previous: BackupFacts): HistoryEntry[] {
  const known = new Map((previous.status.history ?? []).map((entry) => [entry.runId, entry.count ?? 1]));
  return (current.status.history ?? []).filter((entry) => (entry.count ?? 1) > (known.get(entry.runId) ?? 0));
}

function missedSince({ runId, count = 1 }: HistoryEntry, previous: BackupFacts): number {
  const before = previous.status.history?.find((entry) => entry.runId === runId && entry.status === 'Missed');
  return count - (before ? (before.count ?? 1) : 0);
}

/** One gauge per level: the newest proof of it, by a run or by a verification of everything. */
function lastVerified({ key, status }: BackupFacts): readonly Sample<'level'>[] {
  const newest = new Map<string, number>();
  const { provenSince } = status.verification ?? {};
  const proofs = (status.history ?? []).flatMap(({ verification }) => (verification ? [verification] : []));
  for (const { level, time } of [...proofs, ...(provenSince ? [{ level: 'content', time: provenSince }] : [])])
    newest.set(level, Math.max(newest.get(level) ?? 0, Date.parse(time) / 1000));
  return [...newest].map(([level, value]) => ({ labels: { ...key, level }, value }));
}

interface Sample<L extends string = never> {
  readonly labels: Readonly<Record<'namespace' | 'name' | L, string>>;
  readonly value: number;
}

function restorePoint({ key, status }: BackupFacts): readonly Sample[] {
  const { time } = status.restorePoint ?? {};
  return time ? [{ labels: { ...key }, value: Date.parse(time) / 1000 }] : [];
}

function chainState({ key, status }: BackupFacts): readonly Sample<'state'>[] {
  const { chains } = status.verification ?? {};
  if (!chains) return [];
  const { whole, broken } = chains;
  return Object.entries({ Whole: whole, Broken: broken }).map(([state, value]) => ({
    labels: { ...key, state },
    value,
  }));
}

function damagedArtifacts({ key, status }: BackupFacts): readonly Sample[] {
  const count = status.verification?.damagedCount;
  return count === undefined ? [] : [{ labels: { ...key }, value: count }];
}

function retentionHeld({
  key,
  status,
}: BackupFacts): readonly { labels: Readonly<Record<'namespace' | 'name' | 'reason', string>>; value: number }[] {
  return (status.retention?.held ?? []).map(({ reason }) => ({ labels: { ...key, reason }, value: 1 }));
}
