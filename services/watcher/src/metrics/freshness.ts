import { setImmediate as breathe } from 'node:timers/promises';
import { expectedIntervalAt, type BackupFacts, type ExpectedInterval } from '@holdfast/core';
import type { Metrics, SamplesOf } from '@holdfast/runtime';
import type { EffectiveSchedule } from '@holdfast/types';
import { own, seconds, type ShowOfBackups } from './of-backups.ts';

/** How old what could be restored is, and how old it may be. */
export function exportFreshness(show: ShowOfBackups): void {
  show('info', (facts) => own(facts, 1, traits(facts)));
  show('last_success_timestamp_seconds', (facts) => own(facts, seconds(facts.status.lastSuccessTime)));
  show('last_verified_timestamp_seconds', lastVerified);
  show('restore_point_timestamp_seconds', (facts) => own(facts, seconds(facts.status.restorePoint?.time)));
  show('next_run_timestamp_seconds', (facts) => own(facts, seconds(facts.status.nextRunTime)));
}

/** What a query wants to tell backups apart by. */
function traits({ spec }: BackupFacts): Record<'suspended' | 'target_kind' | 'storage' | 'type', string> {
  if (!spec) return { suspended: 'unknown', target_kind: 'unknown', storage: 'unknown', type: 'unknown' };
  const { suspend, target, storage, options } = spec;
  return { suspended: String(suspend), target_kind: target.kind, storage: storage.type, type: options.backupType };
}

/** One gauge per level: the newest proof of it, by a run or by a verification of everything. */
function lastVerified(facts: BackupFacts): SamplesOf<'last_verified_timestamp_seconds'> {
  const { history, verification: all } = facts.status;
  const newest = new Map<string, number>();
  const proofs = (history ?? []).flatMap(({ verification }) => (verification ? [verification] : []));
  if (all?.provenSince) proofs.push({ level: 'content', time: all.provenSince });
  for (const { level, time } of proofs) newest.set(level, Math.max(newest.get(level) ?? 0, seconds(time) ?? 0));
  return [...newest].flatMap(([level, value]) => own(facts, value, { level }));
}

/** Reading a schedule costs far more than a sample, so that each answer is kept for as long as it holds, and others get their turn in between. */
export function exportExpectedIntervals(
  metrics: Metrics,
  { backups, now }: { backups: () => Iterable<BackupFacts>; now: () => Date },
): void {
  let known = new Map<string, ExpectedInterval>();
  metrics.collected('expected_interval_seconds', async () => {
    const still = new Map<string, ExpectedInterval>();
    const samples: SamplesOf<'expected_interval_seconds'>[number][] = [];
    let fresh = 0;
    for (const facts of [...backups()]) {
      const schedule = facts.foreign ? undefined : facts.spec?.schedule;
      if (!schedule) continue;
      const word = wordOf(schedule);
      const at = now();
      let interval = still.get(word) ?? known.get(word);
      if (!interval || at < interval.from || at >= interval.until) {
        interval = expectedIntervalAt(schedule, at);
        fresh += 1;
        if (fresh % atOnce === 0) await breathe();
      }
      still.set(word, interval);
      samples.push(...own(facts, interval.intervalMs / 1000));
    }
    known = still;
    return samples;
  });
}

const atOnce = 50;

function wordOf({ expression, timeZone }: EffectiveSchedule): string {
  return `${expression} ${timeZone}`;
}
