import { at, textAt, shown } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { AGE, NAME, pathColumn, textColumn } from './columns.ts';

const SHORT_MODES: { readonly [mode: string]: string } = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Status', phaseOf),
  textColumn('Volume', (object) => textAt(object, 'spec', 'volumeName')),
  textColumn('Capacity', (object) => textAt(object, 'status', 'capacity', 'storage')),
  textColumn('Access Modes', (object) => modes(object, 'status')),
  textColumn('StorageClass', (object) => textAt(object, 'spec', 'storageClassName')),
  pathColumn('VolumeAttributesClass', ['spec', 'volumeAttributesClassName']),
  AGE,
  textColumn('VolumeMode', (object) => textAt(object, 'spec', 'volumeMode'), 'wide'),
];

export const VOLUME_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Capacity', (object) => textAt(object, 'spec', 'capacity', 'storage')),
  textColumn('Access Modes', (object) => modes(object, 'spec')),
  textColumn('Reclaim Policy', (object) => textAt(object, 'spec', 'persistentVolumeReclaimPolicy')),
  textColumn('Status', phaseOf),
  textColumn('Claim', claimOf),
  textColumn('StorageClass', (object) => textAt(object, 'spec', 'storageClassName')),
  pathColumn('VolumeAttributesClass', ['spec', 'volumeAttributesClassName']),
  textColumn('Reason', (object) => textAt(object, 'status', 'reason')),
  AGE,
  textColumn('VolumeMode', (object) => textAt(object, 'spec', 'volumeMode'), 'wide'),
];

function phaseOf(object: KubeObject): string {
  return object.metadata.deletionTimestamp === undefined ? textAt(object, 'status', 'phase') : 'Terminating';
}

function modes(object: KubeObject, part: string): string {
  const list = at(object, part, 'accessModes');
  return Array.isArray(list) ? list.map((mode) => SHORT_MODES[shown(mode)] ?? shown(mode)).join(',') : '';
}

function claimOf(object: KubeObject): string {
  const name = textAt(object, 'spec', 'claimRef', 'name');
  return name === '' ? '' : `${textAt(object, 'spec', 'claimRef', 'namespace')}/${name}`;
}
