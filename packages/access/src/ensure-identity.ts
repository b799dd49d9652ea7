import { annotationChanges, identityObjects, type BackupFacts, type PlainObject } from '@holdfast/core';
import { ensure, resources, type Kube, type KubeObject, type ResourceType } from '@holdfast/kube';
import { labels, type EffectiveIdentity, type EffectiveSpec } from '@holdfast/types';
import type { Hands, Wait } from './hands.ts';

const accountAgainMs = 30_000;

/** The account that a backup's pods run as: the one that its spec names, or its own, which is made. */
export async function ensureIdentity(
  backup: BackupFacts,
  spec: EffectiveSpec,
  hands: Hands,
  signal: AbortSignal,
): Promise<Wait | undefined> {
  const identity = spec.storage.type === 'pvc' ? undefined : spec.storage.identity;
  if (identity?.serviceAccount !== undefined) return requireAccount(backup, identity.serviceAccount, hands, signal);
  return ensureOwn(backup, identity, hands.kube, signal);
}

/** Account that the spec names; undefined: the backup's own. */
export function namedAccount({ storage }: EffectiveSpec): string | undefined {
  return storage.type === 'pvc' ? undefined : storage.identity?.serviceAccount;
}

/** An account that is named must exist, and must be one that the administrator leaves to specs. Nothing is made for it. */
async function requireAccount(
  { key: { namespace } }: BackupFacts,
  name: string,
  { kube, allowedServiceAccounts }: Hands,
  signal: AbortSignal,
): Promise<Wait | undefined> {
  if (
    allowedServiceAccounts &&
    !allowedServiceAccounts.some((entry) => entry === name || entry === `${namespace}/${name}`)
  ) {
    const message = `ServiceAccount "${name}" is not one that backups in namespace "${namespace}" may run as; name another one, or ask the administrator to list ${namespace}/${name} in HOLDFAST_ALLOWED_SERVICE_ACCOUNTS`;
    return { reason: 'ServiceAccountNotAllowed', message, againMs: accountAgainMs };
  }
  if (await kube.get(resources.serviceAccounts, { namespace, name }, signal)) return undefined;
  const message = `ServiceAccount "${name}" does not exist in namespace "${namespace}"; create it, or correct spec.storage.cloud.identity.serviceAccount`;
  return { reason: 'ServiceAccountMissing', message, againMs: accountAgainMs };
}

/** ServiceAccount, Role and RoleBinding of a backup's pods. Objects of these names that are not the backup's own are left alone, and said. */
async function ensureOwn(
  backup: BackupFacts,
  identity: EffectiveIdentity | undefined,
  kube: Kube,
  signal: AbortSignal,
): Promise<Wait | undefined> {
  const { serviceAccount, role, roleBinding } = identityObjects(backup, identity?.annotations);
  const { object: account } = await kube.create(resources.serviceAccounts, serviceAccount, signal);
  if (!isOwn(account, backup)) return nameTaken(resources.serviceAccounts, serviceAccount);
  // An account that was made for an earlier spec gets what this one says.
  const changes = annotationChanges(account.metadata.annotations, identity?.annotations);
  if (changes) {
    const key = { namespace: backup.key.namespace, name: account.metadata.name };
    await kube.mergePatch(resources.serviceAccounts, key, { metadata: { annotations: changes } }, {}, signal);
  }
  const rights: readonly [ResourceType, PlainObject][] = [
    [resources.roles, role],
    [resources.roleBindings, roleBinding],
  ];
  for (const [type, object] of rights) {
    const state = await ensure(kube, type, object, (existing) => isOwn(existing, backup), signal);
    if (state === 'foreign') return nameTaken(type, object);
  }
  return undefined;
}

function isOwn({ metadata }: KubeObject, { uid }: BackupFacts): boolean {
  return metadata.labels?.[labels.backupUid] === uid;
}

function nameTaken({ kind }: ResourceType, { metadata: { name, namespace } }: PlainObject): Wait {
  const message = `a ${kind} named "${name}" exists in namespace "${namespace}" and does not belong to this backup; remove it or rename the backup`;
  return { reason: 'NameTaken', message, againMs: accountAgainMs };
}
