import { backupFacts, project, type BackupFacts } from '@holdfast/core';
import { writeStatus } from '@holdfast/kube';
import type { ActiveRun, Neo4jBackup, Status } from '@holdfast/types';
import type { Hands } from './hands.ts';

/** Changes facts of a run in the record, fenced: once the run or its attempt is another one, nothing is written. */
export async function changeRecord(
  backup: BackupFacts,
  run: ActiveRun,
  { kube, now, onFenced }: Pick<Hands, 'kube' | 'now' | 'onFenced'>,
  edit: (status: Status, generation: number, now: Date) => Status | undefined,
): ReturnType<typeof writeStatus> {
  const fence = { run: run.id, attempt: run.attempt, uid: backup.uid };
  const apply = (fresh: Neo4jBackup) => edit(fresh.status ?? {}, fresh.metadata.generation ?? 1, now());
  const result = await writeStatus(kube, backup.key, fence, apply, {
    now,
    project: (status, fresh, at) => project(status, backupFacts(fresh, backup), at),
  });
  if (result === 'fenced') onFenced?.();
  return result;
}
