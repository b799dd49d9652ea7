import { expect, test } from 'vitest';
import type { AzureAccess, GcsAccess, StoreAccess } from './store-access.ts';
import { directRefusal, transferMode } from './transfer-mode.ts';

const claim = { type: 'pvc', claim: 'backups' } as const;
const container: AzureAccess = { type: 'azure', bucket: 'backups', account: 'orders', secretName: 'keys' };
const bucket: GcsAccess = { type: 'gcs', bucket: 'backups', secretName: 'keys' };
const s3: StoreAccess = {
  type: 's3',
  bucket: 'backups',
  region: 'eu-west-1',
  forcePathStyle: false,
  checksumMode: 'WhenSupported',
};
const endpointUrl = 'https://azurite.example';

test.each<[string, StoreAccess, 'direct' | 'staged']>([
  ['a claim', claim, 'direct'],
  ['Azure with a client secret', { ...container, credential: 'clientSecret' }, 'direct'],
  ['Azure with workload identity', { ...container, credential: 'pod' }, 'direct'],
  ['a bucket of Google', bucket, 'direct'],
  ['a bucket of Google with workload identity', { type: 'gcs', bucket: 'backups' }, 'direct'],
  ['a bucket of Google at an endpoint of its own', { ...bucket, endpointUrl }, 'staged'],
  ['S3', s3, 'direct'],
  ['S3 with an authority of its own', { ...s3, caSecretName: 'ca' }, 'staged'],
  ['Azure with an authority of its own', { ...container, credential: 'pod', caSecretName: 'ca' }, 'staged'],
  ['a bucket of Google with an authority of its own', { ...bucket, caSecretName: 'ca' }, 'staged'],
  ['Azure with an account key', { ...container, credential: 'accountKey' }, 'staged'],
  ['Azure at an endpoint of its own', { ...container, credential: 'clientSecret', endpointUrl }, 'staged'],
])('%s is %s, %s', (_what, access, mode) => {
  expect(transferMode({ transfer: 'Auto' }, access)).toBe(mode);
  expect(transferMode({ transfer: 'Staged' }, access)).toBe('staged');
  const encryption = { algorithm: 'AES256', keySecret: 'key', keySecretKey: 'key' } as const;
  expect(transferMode({ transfer: 'Auto', encryption }, access)).toBe('staged');
  expect(directRefusal({ transfer: 'Auto' }, access)).toBeUndefined();
  expect(directRefusal({ transfer: 'Direct' }, access) === undefined).toBe(mode === 'direct');
});

test('whoever names a work volume for an Azure container wants it to be used', () => {
  const access = { ...container, credential: 'clientSecret' } as const;
  expect(transferMode({ transfer: 'Auto', workVolume: 'chains' }, access)).toBe('staged');
});

test('whoever names a work volume for a bucket of Google wants it to be used', () => {
  expect(transferMode({ transfer: 'Auto', workVolume: 'chains' }, bucket)).toBe('staged');
});

test('whoever insists on Direct is told what neo4j-admin cannot do', () => {
  expect(directRefusal({ transfer: 'Direct' }, { ...container, credential: 'accountKey' })).toBe(
    'spec.options.transfer is Direct, and neo4j-admin knows no account keys of Azure; write Auto or leave it out',
  );
  expect(directRefusal({ transfer: 'Direct' }, { ...bucket, endpointUrl })).toBe(
    'spec.options.transfer is Direct, and neo4j-admin reaches no endpoint of Google Cloud Storage but the public one; write Auto or leave it out',
  );
  expect(directRefusal({ transfer: 'Direct' }, { ...s3, caSecretName: 'ca' })).toBe(
    'spec.options.transfer is Direct, and neo4j-admin does not know the private authority of the store; write Auto or leave it out',
  );
});
