import type { BackupFacts } from '@holdfast/core';
import type { SamplesOf } from '@holdfast/runtime';
import type { Reason } from '@holdfast/types';
import { own, seconds, type ShowOfBackups } from './of-backups.ts';

/** What lies in the stores, as whoever looked there last wrote it down. */
export function exportProofs(show: ShowOfBackups): void {
  show('chain_state', chainState);
  show('damaged_artifacts', (facts) => own(facts, facts.status.verification?.damagedCount));
  show('retention_held', (facts) => heldReasons(facts).flatMap((reason) => own(facts, 1, { reason })));
  show('retention_plan_bytes', planBytes);
  show('storage_used_bytes', (facts) => own(facts, facts.status.volume?.usedBytes));
  show('storage_capacity_bytes', (facts) => own(facts, facts.status.volume?.capacityBytes));
  show('storage_days_until_full', (facts) => own(facts, facts.status.volume?.daysUntilFull));
  show('retention_removed_total', (facts) =>
    own(facts, facts.status.retention?.totals?.removed, { reason: 'Expired' satisfies Reason }),
  );
  show('retention_reclaimed_bytes_total', (facts) => own(facts, facts.status.retention?.totals?.reclaimedBytes));
  show('retention_archived_bytes_total', (facts) => own(facts, facts.status.retention?.totals?.archivedBytes));
  show('retention_last_run_timestamp_seconds', (facts) =>
    facts.spec?.retention ? own(facts, seconds(facts.status.retention?.lastRunTime)) : [],
  );
}

function chainState(facts: BackupFacts): SamplesOf<'chain_state'> {
  const { chains } = facts.status.verification ?? {};
  if (!chains) return [];
  return [...own(facts, chains.whole, { state: 'Whole' }), ...own(facts, chains.broken, { state: 'Broken' })];
}

function planBytes(facts: BackupFacts): SamplesOf<'retention_plan_bytes'> {
  const { plan } = facts.status.retention ?? {};
  if (!plan || !facts.spec?.retention) return [];
  const going = plan.archiveCount ? 'archive' : 'remove';
  const action = plan.consent === 'Waiting' ? 'hold' : going;
  return [...own(facts, plan.keepBytes, { action: 'keep' }), ...own(facts, plan.reclaimBytes, { action })];
}

function heldReasons({ status }: BackupFacts): string[] {
  return [...new Set((status.retention?.held ?? []).map(({ reason }) => reason))];
}
