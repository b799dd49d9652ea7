import { expect, test } from 'vitest';
import { volumeFor, type Claim, type StorageClass } from './provisioner.ts';

const ours = 'holdfast.dev/folder';
const given = { 'volume.kubernetes.io/storage-provisioner': ours, 'volume.kubernetes.io/selected-node': 'dev-node' };

test('a claim that the controllers have given to us gets a volume of its size, reserved for it', () => {
  expect(volumeFor(aClaim(given), aClass(), ours)).toMatchObject({
    metadata: { name: 'pvc-1a2b', annotations: { 'pv.kubernetes.io/provisioned-by': ours } },
    spec: {
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'standard',
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { namespace: 'shop', name: 'data', uid: '1a2b' },
    },
  });
});

test('a class that waits for its first pod has no volume before a node was chosen', () => {
  const unplaced = { 'volume.kubernetes.io/storage-provisioner': ours };
  expect(volumeFor(aClaim(unplaced), aClass(), ours)).toBeUndefined();
  expect(volumeFor(aClaim(unplaced), aClass({ volumeBindingMode: 'Immediate' }), ours)).toBeDefined();
});

test('a claim that is bound, that goes, or that belongs to another provisioner is left alone', () => {
  expect(volumeFor({ ...aClaim(given), spec: { volumeName: 'pvc-1a2b' } }, aClass(), ours)).toBeUndefined();
  const going = aClaim(given);
  going.metadata.deletionTimestamp = '2026-03-01T02:00:00Z';
  expect(volumeFor(going, aClass(), ours)).toBeUndefined();
  expect(volumeFor(aClaim(given), aClass({ provisioner: 'ebs.csi.aws.com' }), ours)).toBeUndefined();
  expect(volumeFor(aClaim({}), aClass({ volumeBindingMode: 'Immediate' }), ours)).toBeUndefined();
  expect(volumeFor(aClaim(given), undefined, ours)).toBeUndefined();
});

function aClaim(annotations: Record<string, string>): Claim {
  return {
    metadata: { name: 'data', namespace: 'shop', uid: '1a2b', annotations },
    spec: {
      storageClassName: 'standard',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '5Gi' } },
    },
  };
}

function aClass(more: Partial<StorageClass> = {}): StorageClass {
  return {
    metadata: { name: 'standard', uid: '9f' },
    provisioner: ours,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    ...more,
  };
}
