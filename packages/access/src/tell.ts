import type { BackupFacts } from '@holdfast/core';
import { recordEvent, type EventNote, type Kube } from '@holdfast/kube';
import { apiVersion, kind } from '@holdfast/types';

/** Tells people about one transition of a backup, once, where `kubectl describe` shows it. */
export async function tell(
  backup: BackupFacts,
  note: EventNote,
  { kube, now }: { readonly kube: Kube; readonly now: () => Date },
): Promise<void> {
  const about = {
    apiVersion,
    kind,
    metadata: { ...backup.key, uid: backup.uid, creationTimestamp: backup.createdAt.toISOString() },
  };
  await recordEvent(kube, about, note, { now: now() });
}
