import { annotations, foreignFinalizer, type HistoryEntry, type Neo4jBackup, type Stats } from '@holdfast/types';
import { effectiveSpec } from '../spec/effective-spec.ts';
import { specDigest } from '../triggers/spec-changed.ts';
import type { BackupFacts } from './observed.ts';

/** A `Neo4jBackup` as decisions see it. */
export function backupFacts(backup: Neo4jBackup): BackupFacts {
  const { metadata } = backup;
  const { spec, refusals } = effectiveSpec(backup);
  const requestToken = metadata.annotations?.[annotations.run];
  const takeOver = metadata.annotations?.[annotations.takeOver];
  const isCompared = spec?.triggers?.some(({ on }) => on === 'SpecChanged');
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
    ...(isCompared && { specDigest: specDigest(backup.spec) }),
    ...(spec && { spec }),
  };
}

/** The same without what only people read: what a watcher of many thousand backups keeps of each. */
export function slimFacts(facts: BackupFacts): BackupFacts {
  const { stats, history, ...status } = facts.status;
  const { written: _spec, ...rest } = facts;
  return {
    ...rest,
    status: {
      ...status,
      ...(stats && { stats: figuresOf(stats) }),
      ...(history && { history: history.map(slimEntry) }),
    },
  };
}

function figuresOf({ sizeBytes, durationSeconds }: Stats): Stats {
  return { ...(sizeBytes !== undefined && { sizeBytes }), ...(durationSeconds !== undefined && { durationSeconds }) };
}

/** When it began is of interest only when the entry is new, so only the newest says it. */
function slimEntry(entry: HistoryEntry, index: number): HistoryEntry {
  const { runId, trigger, status, reason, count, startTime, completionTime, verification } = entry;
  return {
    runId,
    trigger,
    status,
    reason,
    ...(count !== undefined && { count }),
    ...(startTime && index === 0 && { startTime }),
    ...(completionTime && { completionTime }),
    ...(verification && { verification }),
  };
}
