import { isStoreFault, type Admission, type BackupFacts, type Intent } from '@holdfast/core';
import type { EventNote } from '@holdfast/kube';
import type { ActiveRun, Reason, RunKind } from '@holdfast/types';

/** What a person should be told about a decision, if anything. */
export function eventOf(intent: Intent, admission: Admission | undefined): EventNote | undefined {
  switch (intent.kind) {
    case 'record':
      return intent.missed > 0
        ? {
            type: 'Warning',
            reason: 'BackupMissed',
            message: `${intent.missed} earlier slots were missed; run ${intent.run.id} catches up the newest (${intent.reason})`,
            id: `missed-${intent.run.id}`,
          }
        : {
            type: 'Normal',
            reason: scheduled[intent.run.kind] ?? 'BackupScheduled',
            message: `run ${intent.run.id} recorded (${intent.reason})`,
            id: `recorded-${intent.run.id}`,
          };
    case 'admit':
      return admission?.kind === 'wait' ? waitEvent(intent.run, admission) : undefined;
    case 'expire':
      return {
        type: 'Warning',
        reason: held[intent.run.kind] ?? (intent.status === 'Missed' ? 'BackupMissed' : 'BackupFailed'),
        message: `run ${intent.run.id}: ${intent.message}`,
        id: `ended-${intent.run.id}`,
      };
    case 'miss':
      return {
        type: 'Warning',
        reason: 'BackupMissed',
        message: `${intent.count} slots passed longer ago than the starting deadline allows`,
        id: `skipped-${intent.newest.toISOString()}`,
      };
    case 'refuse':
      return {
        type: 'Warning',
        reason: intent.reason,
        message: intent.refusals.map(({ message }) => message).join('; '),
        id: `refused-${intent.refusals.map(({ message }) => message).join()}`,
      };
    case 'finalizer':
    case 'note':
    case 'resume':
    case 'ring':
    case 'idle':
      return undefined;
  }
}

function waitEvent({ id }: ActiveRun, { reason, message }: Extract<Admission, { kind: 'wait' }>): EventNote {
  const told = { message: `run ${id}: ${message}`, id: `place-${id}-${reason}` };
  return isStoreFault(reason)
    ? { type: 'Warning', reason: 'StorageUnavailable', ...told }
    : { type: 'Normal', reason: 'BackupWaiting', ...told };
}

/** What is said of an object that is let go: what became of its data. */
export function finalizerEvent({ status, key }: BackupFacts, reason: Reason): EventNote | undefined {
  const id = `erase-${reason}`;
  if (reason === 'DataErased')
    return { type: 'Normal', reason, message: status.erase?.message ?? 'its data is gone', id };
  if (reason !== 'DataLeft') return undefined;
  const why = status.erase && !status.erase.done ? `: ${status.erase.message}` : '';
  return { type: 'Warning', reason, message: `the data of ${key.namespace}/${key.name} stays in its store${why}`, id };
}

const scheduled: Readonly<Partial<Record<RunKind, string>>> = {
  verify: 'VerificationScheduled',
  thaw: 'ThawScheduled',
  erase: 'EraseScheduled',
};
const held: Readonly<Partial<Record<RunKind, string>>> = {
  verify: 'VerificationHeld',
  thaw: 'ThawHeld',
  erase: 'EraseHeld',
};
