import type { BackupFacts } from '@holdfast/core';
import { KubeError, recordEvent, type EventNote, type Kube, type Log } from '@holdfast/kube';
import { apiVersion, kind } from '@holdfast/types';

/**
 * Tells people about one transition of a backup, once, where `kubectl describe` shows it. An Event is read and never needed: one that the
 * API server refuses for good (no right, no quota, a namespace that is going) is a line in the log and costs nobody a run.
 * @throws KubeError when the API server cannot answer now; telling it again makes no second Event
 */
export async function tell(
  backup: BackupFacts,
  note: EventNote,
  { kube, now, log }: { readonly kube: Kube; readonly now: () => Date; readonly log: Pick<Log, 'warn'> },
): Promise<void> {
  const about = {
    apiVersion,
    kind,
    metadata: { ...backup.key, uid: backup.uid, creationTimestamp: backup.createdAt.toISOString() },
  };
  try {
    await recordEvent(kube, about, note, { now: now() });
  } catch (error) {
    if (!(error instanceof KubeError) || error.fate !== 'terminal') throw error;
    log.warn(
      { backup: `${backup.key.namespace}/${backup.key.name}`, reason: error.reason },
      `no Event about ${note.reason}: ${error.message}`,
    );
  }
}
