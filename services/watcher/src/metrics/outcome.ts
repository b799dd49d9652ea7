import { totalsOf, type BackupFacts } from '@holdfast/core';
import type { Metrics, SamplesOf } from '@holdfast/runtime';
import type { HistoryEntry } from '@holdfast/types';
import { own, seconds, type ShowOfBackups } from './of-backups.ts';

/** What became of runs. The counters are totals that stand in the objects, so no restart and no change of leaders loses or doubles one. */
export function exportOutcome(show: ShowOfBackups): void {
  show('runs_total', runs);
  show('missed_slots_total', missedSlots);
  show('consecutive_failures', (facts) => own(facts, facts.status.consecutiveFailures ?? 0));
  show('last_run_success', (facts) => own(facts, lastRunSuccess(facts)));
  show('last_duration_seconds', (facts) => own(facts, facts.status.stats?.durationSeconds));
  show('last_size_bytes', (facts) => own(facts, facts.status.stats?.sizeBytes));
  show('phase', (facts) => (facts.status.phase ? own(facts, 1, { phase: facts.status.phase }) : []));
}

function runs(facts: BackupFacts): SamplesOf<'runs_total'> {
  const ended = totalsOf(facts.status).filter(({ status }) => status !== 'Missed');
  return ended.flatMap(({ status, reason, count }) => own(facts, count, { result: status, reason }));
}

function missedSlots(facts: BackupFacts): SamplesOf<'missed_slots_total'> {
  const missed = totalsOf(facts.status).filter(({ status }) => status === 'Missed');
  return missed.flatMap(({ reason, count }) => own(facts, count, { reason }));
}

function lastRunSuccess({ status }: BackupFacts): number | undefined {
  const last = status.history?.find((entry) => entry.status !== 'Missed');
  return last && (last.status === 'Succeeded' ? 1 : 0);
}

/** Half a minute to a day. */
const buckets = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400];

/**
 * Follows the histories for how long runs took. Every replica counts, so that who takes over has missed nothing; only the leader shows it, so
 * that sums never double.
 */
export function countDurations(
  metrics: Metrics,
  shown: () => boolean,
): (current: BackupFacts | undefined, previous: BackupFacts | undefined) => void {
  const durations = metrics.histogram('run_duration_seconds', { buckets, shown });
  return (current, previous) => {
    if (!current || !previous || current.uid !== previous.uid || current.foreign) return; // what was there before is no news
    const [newest] = current.status.history ?? [];
    if (!newest || previous.status.history?.some(({ runId }) => runId === newest.runId)) return;
    const took = durationOf(newest);
    if (took !== undefined) durations.observe({ result: newest.status }, took);
  };
}

function durationOf({ status, startTime, completionTime }: HistoryEntry): number | undefined {
  const [began, ended] = [seconds(startTime), seconds(completionTime)];
  if (status === 'Missed' || began === undefined || ended === undefined) return undefined;
  const took = ended - began;
  return Number.isFinite(took) ? Math.max(0, took) : undefined;
}
