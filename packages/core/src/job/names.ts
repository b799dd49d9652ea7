import { annotations, component, labels, managedBy, type AgentVerb } from '@holdfast/types';
import type { BackupFacts } from '../run/observed.ts';

/** Name suffix by verb. `backup` is the one that users type: `kubectl logs job/<name>-backup`. */
const suffixes: Record<AgentVerb, string> = {
  backup: 'backup',
  prove: 'prove',
  list: 'list',
  sweep: 'sweep',
  thaw: 'thaw',
  erase: 'erase',
};

export function jobName(backup: string, verb: AgentVerb): string {
  return `${backup}-${suffixes[verb]}`;
}

/** Labels of everything made for a backup. The UID tells it from what belonged to an earlier object of the same name. */
export function ownLabels(backup: BackupFacts): Record<string, string> {
  return {
    [labels.managedBy]: managedBy,
    [labels.component]: component,
    [labels.instance]: backup.key.name,
    [labels.backup]: backup.key.name,
    [labels.backupUid]: backup.uid,
  };
}

export function runLabels(
  backup: BackupFacts,
  run: { id: string; attempt: number },
  verb: AgentVerb,
): Record<string, string> {
  return { ...ownLabels(backup), [labels.runId]: run.id, [labels.attempt]: String(run.attempt), [labels.verb]: verb };
}

export function runAnnotations(run: { id: string; attempt: number }): Record<string, string> {
  return { [annotations.runId]: run.id, [annotations.attempt]: String(run.attempt) };
}

/** An attempt ends by the spec that it began with, so its Job keeps that. */
export function specAnnotation({ written }: BackupFacts): Record<string, string> {
  return written === undefined ? {} : { [annotations.spec]: JSON.stringify(written) };
}

/** The object's owner, so that the cluster's garbage collector removes it with the backup. */
export function ownedBy(backup: BackupFacts, apiVersion: string, kind: string): readonly OwnerReference[] {
  return [{ apiVersion, kind, name: backup.key.name, uid: backup.uid, controller: true, blockOwnerDeletion: false }];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}
