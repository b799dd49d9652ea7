import { textAt } from '../json.ts';
import {
  CONFIG_MAP_COLUMNS,
  ENDPOINTS_COLUMNS,
  EVENT_COLUMNS,
  NAMESPACE_COLUMNS,
  NODE_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_ACCOUNT_COLUMNS,
  SERVICE_COLUMNS,
} from '../tables/core-columns.ts';
import { POD_COLUMNS } from '../tables/pod-columns.ts';
import { CLAIM_COLUMNS, VOLUME_COLUMNS } from '../tables/volume-columns.ts';
import { EVENT_RULES, NAMESPACE_RULES, SECRET_RULES, SERVICE_RULES } from './core-rules.ts';
import { POD_RULES } from './pod-rules.ts';
import { defineResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { CLAIM_RULES, VOLUME_RULES } from './volume-rules.ts';

/** The core group, as far as Holdfast and kubectl use it. */
export const CORE: readonly Resource[] = [
  defineResource({
    group: '',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    subresources: ['finalize'],
    columns: NAMESPACE_COLUMNS,
    rules: NAMESPACE_RULES,
  }),
  defineResource({
    group: '',
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
    subresources: ['log', 'exec', 'attach', 'portforward', 'eviction', 'binding'],
    hasGeneration: true,
    columns: POD_COLUMNS,
    rules: POD_RULES,
  }),
  defineResource({
    group: '',
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    columns: SERVICE_COLUMNS,
    rules: SERVICE_RULES,
  }),
  defineResource({
    group: '',
    kind: 'Endpoints',
    plural: 'endpoints',
    singular: 'endpoints',
    shortNames: ['ep'],
    columns: ENDPOINTS_COLUMNS,
  }),
  defineResource({ group: '', kind: 'Secret', plural: 'secrets', columns: SECRET_COLUMNS, rules: SECRET_RULES }),
  defineResource({
    group: '',
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    columns: CONFIG_MAP_COLUMNS,
  }),
  defineResource({
    group: '',
    kind: 'PersistentVolume',
    plural: 'persistentvolumes',
    shortNames: ['pv'],
    namespaced: false,
    hasStatus: true,
    columns: VOLUME_COLUMNS,
    rules: VOLUME_RULES,
  }),
  defineResource({
    group: '',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    hasStatus: true,
    columns: CLAIM_COLUMNS,
    rules: CLAIM_RULES,
  }),
  defineResource({
    group: '',
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    columns: SERVICE_ACCOUNT_COLUMNS,
  }),
  defineResource({
    group: '',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    columns: EVENT_COLUMNS,
    rules: EVENT_RULES,
  }),
  defineResource({
    group: '',
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    hasStatus: true,
    columns: NODE_COLUMNS,
    rules: { fields: { 'spec.unschedulable': (node) => textAt(node, 'spec', 'unschedulable') } },
  }),
];
