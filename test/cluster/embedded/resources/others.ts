import { AGE, NAME, textColumn } from '../tables/columns.ts';
import {
  CRD_COLUMNS,
  LEASE_COLUMNS,
  ROLE_BINDING_COLUMNS,
  ROLE_COLUMNS,
  STORAGE_CLASS_COLUMNS,
} from '../tables/other-columns.ts';
import { DEPLOYMENT_COLUMNS, STATEFUL_SET_COLUMNS } from '../tables/workload-columns.ts';
import { ensureObject, fill, shown } from '../json.ts';
import { DEFINITION_RULES } from '../crd/definition-rules.ts';
import { defineResource } from './resource.ts';
import type { Resource } from './resource.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Kinds outside core and batch. Workloads are stored only; RBAC is stored and not enforced. */
export const OTHERS: readonly Resource[] = [
  defineResource({
    group: 'apps',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    shortNames: ['sts'],
    categories: ['all'],
    hasStatus: true,
    hasGeneration: true,
    columns: STATEFUL_SET_COLUMNS,
    rules: { defaults: (object) => fill(ensureObject(object, 'spec'), { replicas: 1 }) },
  }),
  defineResource({
    group: 'apps',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: ['all'],
    hasStatus: true,
    hasGeneration: true,
    columns: DEPLOYMENT_COLUMNS,
    rules: { defaults: (object) => fill(ensureObject(object, 'spec'), { replicas: 1 }) },
  }),
  defineResource({ group: RBAC, kind: 'Role', plural: 'roles', columns: ROLE_COLUMNS }),
  defineResource({ group: RBAC, kind: 'RoleBinding', plural: 'rolebindings', columns: ROLE_BINDING_COLUMNS }),
  defineResource({
    group: RBAC,
    kind: 'ClusterRole',
    plural: 'clusterroles',
    namespaced: false,
    columns: ROLE_COLUMNS,
  }),
  defineResource({
    group: RBAC,
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    namespaced: false,
    columns: ROLE_BINDING_COLUMNS,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'StorageClass',
    plural: 'storageclasses',
    shortNames: ['sc'],
    namespaced: false,
    columns: STORAGE_CLASS_COLUMNS,
    rules: { defaults: (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }) },
  }),
  defineResource({ group: 'coordination.k8s.io', kind: 'Lease', plural: 'leases', columns: LEASE_COLUMNS }),
  defineResource({
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    shortNames: ['pc'],
    namespaced: false,
    columns: [NAME, textColumn('Value', (object) => shown(object['value'] ?? 0)), AGE],
  }),
  defineResource({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    hasStatus: true,
    hasGeneration: true,
    columns: CRD_COLUMNS,
    rules: DEFINITION_RULES,
  }),
];
