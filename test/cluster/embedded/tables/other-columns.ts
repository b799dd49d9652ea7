import { objectsAt, textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { AGE, NAME, pathColumn, textColumn } from './columns.ts';

const CREATED: Column = textColumn('Created At', (object) => object.metadata.creationTimestamp ?? '');

export const ROLE_COLUMNS: readonly Column[] = [NAME, CREATED];

export const ROLE_BINDING_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Role', (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`),
  AGE,
  textColumn('Users', (object) => subjects(object, 'User'), 'wide'),
  textColumn('Groups', (object) => subjects(object, 'Group'), 'wide'),
  textColumn('ServiceAccounts', (object) => subjects(object, 'ServiceAccount'), 'wide'),
];

function subjects(object: KubeObject, kind: string): string {
  return objectsAt(object, 'subjects')
    .filter((subject) => subject['kind'] === kind)
    .map((subject) => [textAt(subject, 'namespace'), textAt(subject, 'name')].filter((part) => part !== '').join('/'))
    .join(', ');
}

export const STORAGE_CLASS_COLUMNS: readonly Column[] = [
  { ...NAME, cell: (object) => (isDefaultClass(object) ? `${object.metadata.name} (default)` : object.metadata.name) },
  pathColumn('Provisioner', ['provisioner']),
  pathColumn('ReclaimPolicy', ['reclaimPolicy']),
  pathColumn('VolumeBindingMode', ['volumeBindingMode']),
  textColumn('AllowVolumeExpansion', (object) => object['allowVolumeExpansion'] === true),
  AGE,
];

/** True for the class that claims without a class get. */
export function isDefaultClass(object: KubeObject): boolean {
  return object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
}

export const LEASE_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Holder', (object) => textAt(object, 'spec', 'holderIdentity')),
  AGE,
];

export const CRD_COLUMNS: readonly Column[] = [NAME, CREATED];
