import { changeRecord, tell } from '@holdfast/access';
import {
  defaultHistoryLimit,
  isStoreFault,
  noteFinding,
  parkRun,
  retryRun,
  settleRun,
  volumeTrouble,
  type BackupFacts,
  type Conclusion,
  type ConditionFinding,
} from '@holdfast/core';
import type { EventNote } from '@holdfast/kube';
import type { ActiveRun, EffectiveSpec, Status } from '@holdfast/types';
import { damageNotes } from './damage-notes.ts';
import type { Hands } from './hands.ts';
import { storageFinding } from './park.ts';

/**
 * The third of a run's three writes: it is over, or gets another attempt.
 * @param given.spec what the attempt was planned from; undefined where none can be read
 */
export async function recordConclusion(
  backup: BackupFacts,
  run: ActiveRun,
  { conclusion, spec }: { conclusion: Conclusion; spec: EffectiveSpec | undefined },
  hands: Hands,
): Promise<void> {
  let settled: Status = {};
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    if (conclusion.kind !== 'retry')
      settled = settleRun(status, conclusion, spec?.historyLimit ?? defaultHistoryLimit, now);
    const over = conclusion.kind === 'retry' ? retried(status, conclusion, now) : settled;
    const finding = spec && isCurrent(spec, backup) ? storageOf(conclusion) : undefined;
    return finding ? noteFinding(over, finding, generation, now) : over;
  });
  if (written !== 'written') return;
  const fields = { backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason: conclusion.reason };
  hands.log.info(fields, conclusion.kind === 'retry' ? 'attempt failed, another will follow' : 'run settled');
  const notes = [
    ...notesOf(run, conclusion),
    ...damageNotes(backup.status, settled),
    ...fillNotes(backup.status, settled),
  ];
  for (const note of notes) await tell(backup, note, hands);
}

/** An attempt that lost its store waits for it together with all others. */
function retried(status: Status, conclusion: Extract<Conclusion, { kind: 'retry' }>, now: Date): Status {
  const next = retryRun(status, conclusion.at);
  return isStoreFault(conclusion.reason) ? parkRun(next, conclusion, now) : next;
}

/** What the end of an attempt says about the store; where only pods can look, whose the folder is comes from them. */
function storageOf(conclusion: Conclusion): ConditionFinding | undefined {
  if (conclusion.reason === 'FolderOwnedElsewhere' || isStoreFault(conclusion.reason)) {
    return storageFinding('False', { reason: conclusion.reason, message: conclusion.message });
  }
  if (conclusion.kind === 'retry' || conclusion.status === 'Failed') return undefined;
  const message = 'the last run wrote to the store and its objects were found there';
  return storageFinding('True', { reason: 'StorageReachable', message });
}

/** What the attempt says of its store is no news of the one that the spec names by now. */
function isCurrent({ storage }: EffectiveSpec, { spec }: BackupFacts): boolean {
  return JSON.stringify(storage) === JSON.stringify(spec?.storage);
}

/** Told when it begins, not with each run. */
function fillNotes(before: Status, after: Status): EventNote[] {
  const message = volumeTrouble(after);
  if (message === undefined || volumeTrouble(before) !== undefined) return [];
  return [{ type: 'Warning', reason: 'VolumeFilling', message, id: `filling-${after.volume?.time ?? ''}` }];
}

function notesOf(run: ActiveRun, conclusion: Conclusion): EventNote[] {
  if (conclusion.kind === 'retry') {
    const message = `run ${run.id}, attempt ${run.attempt}: ${conclusion.message}`;
    return [{ type: 'Warning', reason: 'BackupRetrying', message, id: `retry-${run.id}-${run.attempt}` }];
  }
  const { status, message, result } = conclusion;
  const how = status === 'PartiallySucceeded' ? 'succeeded in part' : status.toLowerCase();
  const ended: EventNote = {
    type: status === 'Succeeded' ? 'Normal' : 'Warning',
    reason: status === 'Failed' ? 'BackupFailed' : 'BackupCompleted',
    message: `run ${run.id} ${how}: ${message}`,
    id: `ended-${run.id}`,
  };
  const warnings = (result?.warnings ?? []).map((warning): EventNote => ({
    type: 'Warning',
    reason: warning.reason,
    message: `run ${run.id}: ${warning.message}`,
    id: `warning-${run.id}-${warning.reason}`,
  }));
  return [ended, ...warnings];
}
