import { changeRecord, tell, type Wait } from '@holdfast/access';
import { isStoreFault, noteFinding, parkRun, type BackupFacts, type ConditionFinding } from '@holdfast/core';
import type { Outcome } from '@holdfast/queue';
import type { ActiveRun, Reason } from '@holdfast/types';
import type { Hands } from './hands.ts';

/** *Not yet*: the run says what it waits for, keeps its turn, and is looked at again. */
export async function park(
  backup: BackupFacts,
  run: ActiveRun,
  { wait, finding }: { wait: Wait; finding?: ConditionFinding },
  hands: Hands,
): Promise<Outcome> {
  const at = new Date(hands.now().getTime() + wait.againMs);
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    const parked = parkRun(status, { reason: wait.reason, message: wait.message }, now);
    return finding ? noteFinding(parked, finding, generation, now) : parked;
  });
  if (written === 'written') {
    const event = {
      type: 'Warning' as const,
      reason: finding?.type === 'StorageReady' ? 'StorageUnavailable' : 'BackupWaiting',
      message: `run ${run.id}: ${wait.message}`,
      id: `wait-${run.id}-${run.attempt}-${wait.reason}`,
    };
    await tell(backup, event, hands);
  }
  // When a store that others need as well is tried again, and by whom, is the watcher's to say.
  return isStoreFault(wait.reason) && run.phase === 'Admitted'
    ? { kind: 'done' }
    : { kind: 'again', at, reason: wait.reason };
}

/** The same for a store that cannot be used. */
export function parkForStorage(backup: BackupFacts, run: ActiveRun, wait: Wait, hands: Hands): Promise<Outcome> {
  return park(backup, run, { wait, finding: storageFinding('False', wait) }, hands);
}

/** The same for an object that has the name of one of ours. */
export function parkForName(backup: BackupFacts, run: ActiveRun, wait: Wait, hands: Hands): Promise<Outcome> {
  return park(backup, run, { wait, finding: jobFinding('False', 'NameTaken', wait.message) }, hands);
}

export function storageFinding(
  status: ConditionFinding['status'],
  { reason, message }: { reason: Reason; message: string },
): ConditionFinding {
  return { type: 'StorageReady', status, reason, message };
}

export function jobFinding(status: ConditionFinding['status'], reason: Reason, message: string): ConditionFinding {
  return { type: 'JobCreated', status, reason, message };
}
