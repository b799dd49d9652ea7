import { annotations, foreignFinalizer, type Neo4jBackup } from '@holdfast/types';
import { effectiveSpec } from '../spec/effective-spec.ts';
import type { BackupFacts } from './observed.ts';

/** A `Neo4jBackup` as decisions see it. */
export function backupFacts(backup: Neo4jBackup): BackupFacts {
  const { metadata } = backup;
  const { spec, refusals } = effectiveSpec(backup);
  const requestToken = metadata.annotations?.[annotations.run];
  const takeOver = metadata.annotations?.[annotations.takeOver];
  const verifyToken = metadata.annotations?.[annotations.verify];
  return {
    key: { namespace: metadata.namespace, name: metadata.name },
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    createdAt: new Date(metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    foreign: metadata.finalizers?.includes(foreignFinalizer) ?? false,
    refusals,
    written: backup.spec,
    status: backup.status ?? {},
    ...(requestToken && { requestToken }),
    ...(takeOver && { takeOver }),
    ...(verifyToken && { verifyToken }),
    ...(spec && { spec }),
  };
}

/** The same without what only people read: what a watcher of many thousand backups keeps of each. */
export function slimFacts(facts: BackupFacts): BackupFacts {
  const { stats: _stats, history, ...status } = facts.status;
  const slim = history?.map(({ runId, trigger, status: ended, reason, count, completionTime, verification }) => ({
    runId,
    trigger,
    status: ended,
    reason,
    ...(count !== undefined && { count }),
    ...(completionTime && { completionTime }),
    ...(verification && { verification }),
  }));
  const { written: _spec, ...rest } = facts;
  return { ...rest, status: { ...status, ...(slim && { history: slim }) } };
}
