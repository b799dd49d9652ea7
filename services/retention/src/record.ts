import { changeRecord, tell, type Hands as Access } from '@holdfast/access';
import {
  formatBytes,
  heldBack,
  planRetentionRun,
  retentionSentence,
  settleRetention,
  type BackupFacts,
} from '@holdfast/core';
import { resources, type EventNote } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import type { Log } from '@holdfast/runtime';
import type { ManifestMemory } from '@holdfast/storage';
import {
  isReason,
  type ActiveRun,
  type EffectiveRetention,
  type EffectiveSpec,
  type RetentionResult,
} from '@holdfast/types';

export interface Hands extends Access {
  readonly log: Log;
  /** What this service read in folders that it comes back to. */
  readonly memory: ManifestMemory;
}

/** One retention run as its steps see it. */
export interface Work {
  readonly backup: BackupFacts;
  readonly run: ActiveRun;
  readonly spec: EffectiveSpec;
  readonly retention: EffectiveRetention;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

type Recorded = Pick<Work, 'backup' | 'run' | 'hands'>;

/** After trouble, the next look at the folder. Nothing is lost by waiting: what should have gone stays a little longer. */
const troubleAgainMs = 3_600_000;

/** The plan stands in status before anything is removed. False when the run is no longer ours; then nothing may be removed. */
export async function showPlan({ backup, run, hands }: Recorded, planned: RetentionResult): Promise<boolean> {
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    planRetentionRun(status, run.id, planned, now),
  );
  const isOurs = written === 'written' || written === 'unchanged';
  // One that waits is told when the run is settled.
  if (isOurs && planned.plan !== undefined && planned.consent !== 'Waiting')
    await tell(backup, planNote(backup, planned, planned.plan), hands);
  return isOurs;
}

/** What holds back is told once, however many runs find it so: a plan that waits, and locks until they are others. */
function occasionOf({ consent, plan, held: [held], removed }: RetentionResult): string | undefined {
  if (consent === 'Waiting') return `waiting-${plan ?? ''}`;
  if (held?.reason !== 'ObjectLocked' || removed > 0) return undefined;
  return `locked-${plan ?? ''}-${held.count ?? 0}-${Date.parse(held.until ?? '') || 'hold'}`;
}

/** Told once for each plan, however often it is made. */
function planNote({ key }: BackupFacts, planned: RetentionResult, plan: string): EventNote {
  const { removeCount, reclaimBytes, keepCount = 0, deletePolicy } = planned;
  const verb = deletePolicy === 'Archive' ? 'archives' : 'removes';
  return {
    type: 'Normal',
    reason: 'RetentionPlanned',
    message: `plan ${plan} ${verb} ${removeCount} of ${removeCount + keepCount} chains, ${formatBytes(reclaimBytes)}; read it with kubectl neo4jbackup plan ${key.name} -n ${key.namespace}`,
    id: `plan-${plan}`,
  };
}

/** Asked before every batch of removals: the lock of the folder must still be this run's. */
export async function stillOurs({
  backup,
  run,
  hands,
  signal,
}: Pick<Work, 'backup' | 'run' | 'hands' | 'signal'>): Promise<boolean> {
  const fresh = await hands.kube.get(resources.backups, backup.key, signal);
  return fresh?.metadata.uid === backup.uid && fresh.status?.activeRun?.id === run.id;
}

/** Ends the run without a result, says why, and brings the next look. The lock goes, so that the next backup can have the folder. */
export function hold(work: Recorded, because: { reason: string; message: string }): Promise<Outcome> {
  const reason = isReason(because.reason) ? because.reason : 'RetentionFailed';
  const retryAt = new Date(work.hands.now().getTime() + troubleAgainMs);
  return settle(work, heldBack(work.backup.status, { reason, message: because.message, retryAt }));
}

export async function settle({ backup, run, hands }: Recorded, result: RetentionResult): Promise<Outcome> {
  const cause = run.token ?? run.id;
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    settleRetention(status, cause, result, now),
  );
  if (written !== 'written') return { kind: 'done' };
  const [held] = result.held;
  const name = `${backup.key.namespace}/${backup.key.name}`;
  const reason = held?.reason ?? 'RetentionApplied';
  hands.log.info({ backup: name, run: run.id, reason, removed: result.removed }, 'retention settled');
  const note = {
    type: held ? ('Warning' as const) : ('Normal' as const),
    reason: held ? 'RetentionHeld' : 'RetentionApplied',
    message: `run ${run.id}: ${retentionSentence(result)}`,
    id: occasionOf(result) ?? `retention-${run.id}`,
  };
  await tell(backup, note, hands);
  return { kind: 'done' };
}
