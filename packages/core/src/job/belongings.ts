import { annotations as annotationNames, apiVersion, kind, type EffectivePvc } from '@holdfast/types';
import type { BackupFacts } from '../run/observed.ts';
import { ownedBy, ownLabels } from './names.ts';

/** What a backup needs beside its Job, as plain Kubernetes objects. Each is ensured by name before a Job is made. */

export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  } & Record<string, unknown>;
  readonly [field: string]: unknown;
}

/**
 * ServiceAccount, Role and RoleBinding of a backup's pods. They carry no token; the Role lets a person's tooling read the pod's log as this account.
 * @param annotations what makes a cloud trust the account, such as the role it assumes
 */
export function identityObjects(
  backup: BackupFacts,
  annotations: Readonly<Record<string, string>> = {},
): {
  serviceAccount: PlainObject;
  role: PlainObject;
  roleBinding: PlainObject;
} {
  const metadata = {
    name: identityName(backup.key.name),
    namespace: backup.key.namespace,
    labels: ownLabels(backup),
    ownerReferences: ownedBy(backup, apiVersion, kind),
  };
  return {
    serviceAccount: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...metadata, annotations: givenAnnotations(annotations) },
      automountServiceAccountToken: false,
    },
    role: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
    },
    roleBinding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace: metadata.namespace }],
    },
  };
}

/**
 * What has to change on an account that exists: `null` takes away what an earlier spec gave and this one does not. Annotations of others stay.
 * Undefined when nothing has to.
 */
export function annotationChanges(
  existing: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string>> = {},
): Record<string, string | null> | undefined {
  const given = givenAnnotations(wanted);
  const earlier = (existing[annotationNames.given] ?? '').split(',').filter((name) => name !== '');
  const withdrawn = earlier.filter((name) => !(name in given)).map((name) => [name, null] as const);
  const missing = Object.entries(given).filter(([name, value]) => existing[name] !== value);
  const changes = [...withdrawn, ...missing];
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** Says which of its annotations an account has from us. */
function givenAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return { ...annotations, [annotationNames.given]: Object.keys(annotations).toSorted().join(',') };
}

/** Longer than the backup's name, so that it can never be an account that someone made for something else by the same word. */
export function identityName(backup: string): string {
  return `${backup}-backup`;
}

/** A claim for backups. It has no owner: the data outlives the backup object. */
export function claimObject(
  backup: BackupFacts,
  storage: EffectivePvc,
  create: NonNullable<EffectivePvc['create']>,
): PlainObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: storage.claim, namespace: backup.key.namespace, labels: ownLabels(backup) },
    spec: {
      accessModes: [...create.accessModes],
      resources: { requests: { storage: create.size } },
      ...(create.storageClass && { storageClassName: create.storageClass }),
    },
  };
}
