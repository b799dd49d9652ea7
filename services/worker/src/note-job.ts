import { changeRecord, tell } from '@holdfast/access';
import { noteFinding, startRun, type BackupFacts, type ConditionFinding } from '@holdfast/core';
import type { Job } from '@holdfast/kube';
import type { ActiveRun } from '@holdfast/types';
import type { Hands } from './hands.ts';
import { jobFinding } from './park.ts';

/** The record learns of the Job: the second of a run's three writes. */
export async function noteJob(
  backup: BackupFacts,
  run: ActiveRun,
  { metadata }: { metadata: Pick<Job['metadata'], 'name' | 'uid' | 'creationTimestamp'> },
  hands: Hands,
  storage?: ConditionFinding,
): Promise<void> {
  const ref = { name: metadata.name, uid: metadata.uid };
  const created = jobFinding('True', 'JobRunning', `Job "${ref.name}" was created for run ${run.id}`);
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    const started = startRun(status, ref, { expected: [], startedAt: new Date(metadata.creationTimestamp) });
    const noted = noteFinding(started, created, generation, now);
    return storage ? noteFinding(noted, storage, generation, now) : noted;
  });
  if (written !== 'written') return;
  const name = `${backup.key.namespace}/${backup.key.name}`;
  hands.log.info({ backup: name, run: run.id, reason: 'JobRunning' }, 'job created');
  const message = `run ${run.id}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}: Job "${ref.name}" created`;
  await tell(
    backup,
    { type: 'Normal', reason: 'BackupStarted', message, id: `started-${run.id}-${run.attempt}` },
    hands,
  );
}
