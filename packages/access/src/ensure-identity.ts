import { identityObjects, type BackupFacts, type PlainObject } from '@holdfast/core';
import { ensure, resources, type Kube, type ResourceType } from '@holdfast/kube';
import { labels } from '@holdfast/types';
import type { Wait } from './hands.ts';

/** ServiceAccount, Role and RoleBinding of a backup's pods. Objects of these names that are not the backup's own are left alone, and said. */
export async function ensureIdentity(backup: BackupFacts, kube: Kube, signal: AbortSignal): Promise<Wait | undefined> {
  const { serviceAccount, role, roleBinding } = identityObjects(backup);
  const wanted: readonly [ResourceType, PlainObject][] = [
    [resources.serviceAccounts, serviceAccount],
    [resources.roles, role],
    [resources.roleBindings, roleBinding],
  ];
  for (const [type, object] of wanted) {
    const state = await ensure(
      kube,
      type,
      object,
      (existing) => existing.metadata.labels?.[labels.backupUid] === backup.uid,
      signal,
    );
    if (state === 'foreign') {
      const { name, namespace } = object.metadata;
      const message = `a ${type.kind} named "${name}" exists in namespace "${namespace}" and does not belong to this backup; remove it or rename the backup`;
      return { reason: 'NameTaken', message, againMs: 30_000 };
    }
  }
  return undefined;
}
