import { group, kind, plural, version, type Neo4jBackup } from '@holdfast/types';
import type {
  Job,
  KubeEvent,
  KubeObject,
  Lease,
  Namespace,
  Neo4jTarget,
  PersistentVolumeClaim,
  Pod,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
} from './objects.ts';

/** Where a kind lives in the API, and (for the compiler only) what its objects look like. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether status is written apart from the rest. */
  readonly statusSubresource: boolean;
  /** Never present: ties the description to the type of its objects. */
  readonly shape?: T;
}

/** Every kind that Holdfast reads or writes. */
export const resources = {
  backups: custom<Neo4jBackup>(plural, kind),
  clusters: custom<Neo4jTarget>('neo4jenterpriseclusters', 'Neo4jEnterpriseCluster'),
  standalones: custom<Neo4jTarget>('neo4jenterprisestandalones', 'Neo4jEnterpriseStandalone'),
  databases: custom<Neo4jTarget>('neo4jdatabases', 'Neo4jDatabase'),
  jobs: builtIn<Job>('batch', 'jobs', 'Job', { statusSubresource: true }),
  pods: builtIn<Pod>('', 'pods', 'Pod', { statusSubresource: true }),
  persistentVolumeClaims: builtIn<PersistentVolumeClaim>('', 'persistentvolumeclaims', 'PersistentVolumeClaim', {
    statusSubresource: true,
  }),
  serviceAccounts: builtIn<ServiceAccount>('', 'serviceaccounts', 'ServiceAccount'),
  roles: builtIn<Role>('rbac.authorization.k8s.io', 'roles', 'Role'),
  roleBindings: builtIn<RoleBinding>('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
  secrets: builtIn<Secret>('', 'secrets', 'Secret'),
  events: builtIn<KubeEvent>('', 'events', 'Event'),
  leases: builtIn<Lease>('coordination.k8s.io', 'leases', 'Lease'),
  namespaces: builtIn<Namespace>('', 'namespaces', 'Namespace', { namespaced: false, statusSubresource: true }),
  statefulSets: builtIn<StatefulSet>('apps', 'statefulsets', 'StatefulSet', { statusSubresource: true }),
  services: builtIn<Service>('', 'services', 'Service', { statusSubresource: true }),
  storageClasses: builtIn<StorageClass>('storage.k8s.io', 'storageclasses', 'StorageClass', { namespaced: false }),
} as const;

/** `v1` or `group/version`, as objects carry it. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

function custom<T extends KubeObject>(plural: string, kind: string): ResourceType<T> {
  return { group, version, plural, kind, namespaced: true, statusSubresource: true };
}

function builtIn<T extends KubeObject>(
  group: string,
  plural: string,
  kind: string,
  options: { namespaced?: boolean; statusSubresource?: boolean } = {},
): ResourceType<T> {
  return { group, version: 'v1', plural, kind, namespaced: true, statusSubresource: false, ...options };
}
