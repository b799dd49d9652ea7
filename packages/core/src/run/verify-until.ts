import type { ActiveRun } from '@holdfast/types';
import { nextSlot } from '../schedule.ts';
import { verifyingLimitMs } from './deadlines.ts';
import type { BackupFacts } from './observed.ts';

/** When a verification run stops reading, in the middle of an artifact if need be: after its time, or when a slot comes due, which goes first. */
export function verifyUntil({ spec, status }: Pick<BackupFacts, 'spec' | 'status'>, run: ActiveRun): Date {
  const begunAt = new Date(run.startedAt ?? run.recordedAt);
  const end = new Date(begunAt.getTime() + verifyingLimitMs);
  if (!spec?.schedule || spec.suspend) return end;
  // When it was recorded no slot was due; one that came due since goes first even if it came before the reading began.
  const recordedAt = new Date(run.recordedAt);
  const answered = status.lastSlotTime ? new Date(status.lastSlotTime) : recordedAt;
  const slot = nextSlot(spec.schedule, answered > recordedAt ? answered : recordedAt);
  return slot < end ? slot : end;
}

/** Whether a verification makes room now: its time is over, a person asks for a backup, or the backup is suspended. */
export function mustYield(backup: BackupFacts, run: ActiveRun, now: Date): boolean {
  const { requestToken, status, spec } = backup;
  const asked = requestToken !== undefined && !status.lastRunTokens?.includes(requestToken);
  return now >= verifyUntil(backup, run) || (asked && spec?.suspend === false);
}
