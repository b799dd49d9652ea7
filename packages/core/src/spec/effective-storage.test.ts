import { expect, test } from 'vitest';
import { bucket, read, sentencesOf } from './a-spec.ts';

test('both places for cloud settings are read as one', () => {
  const { spec } = read({
    storage: { ...bucket, cloud: { region: 'eu-west-1' } },
    cloud: { provider: 'aws', region: 'eu-west-1', credentialsSecretRef: 'keys' },
  });
  expect(spec?.storage).toEqual({
    type: 's3',
    bucket: 'backups',
    path: '',
    region: 'eu-west-1',
    credentialsSecret: 'keys',
  });
});

test('an endpoint needs no region and asks for checksums only when required', () => {
  const cloud = { endpointURL: 'https://minio.example:9000/', forcePathStyle: true };
  expect(read({ storage: { type: 's3', bucket: 'b', path: '/a/', cloud } }).spec?.storage).toEqual({
    type: 's3',
    bucket: 'b',
    path: 'a',
    endpointUrl: 'https://minio.example:9000',
    forcePathStyle: true,
    checksumMode: 'WhenRequired',
  });
});

test('a claim is named after the backup, and made only where a size is given', () => {
  expect(read({ storage: { type: 'pvc' } }).spec?.storage).toEqual({ type: 'pvc', claim: 'nightly-backups', path: '' });
  expect(
    read({ storage: { type: 'pvc', path: 'a', pvc: { name: 'disk', size: '50Gi', storageClassName: 'fast' } } }).spec
      ?.storage,
  ).toEqual({
    type: 'pvc',
    claim: 'disk',
    path: 'a',
    create: { size: '50Gi', storageClass: 'fast', accessModes: ['ReadWriteOnce'] },
  });
});

test.each<[string, Record<string, unknown>]>([
  [
    'spec.storage.bucket is missing; name the bucket or container that this storage type writes to',
    { storage: { type: 's3', cloud: { region: 'x' } } },
  ],
  [
    'spec.storage.bucket has no meaning with storage type pvc; remove it, or name the claim in spec.storage.pvc.name',
    { storage: { type: 'pvc', bucket: 'b' } },
  ],
  ['spec.storage.cloud has no meaning with storage type pvc; remove it', { storage: { type: 'pvc', cloud: {} } }],
  [
    'spec.cloud has no meaning with storage type pvc; remove it',
    { storage: { type: 'pvc' }, cloud: { provider: 'aws' } },
  ],
  [
    'spec.storage.pvc has no meaning with this storage type; remove it, or set spec.storage.type to pvc',
    { storage: { ...bucket, pvc: {} } },
  ],
  [
    'spec.storage.cloud.region is missing; name the region of the bucket, or set spec.storage.cloud.endpointURL for another S3 store',
    { storage: { type: 's3', bucket: 'b', cloud: { provider: 'aws' } } },
  ],
  [
    'spec.storage.cloud.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure',
    { storage: { ...bucket, cloud: { provider: 'gcp', region: 'x' } } },
  ],
  [
    'spec.cloud.region and spec.storage.cloud.region differ; keep the one below storage',
    { cloud: { region: 'us-east-1' } },
  ],
  [
    'spec.cloud.credentialsSecret and spec.storage.cloud.credentialsSecret differ; keep the one below storage',
    { storage: { ...bucket, cloud: { region: 'x', credentialsSecret: 'a' } }, cloud: { credentialsSecretRef: 'b' } },
  ],
  [
    'credentialsSecret and credentialsSecretRef are the same field and differ; keep one of them',
    { storage: { ...bucket, cloud: { region: 'x', credentialsSecret: 'a', credentialsSecretRef: 'b' } } },
  ],
  [
    'spec.storage.pvc.storageClass and storageClassName are the same field and differ; keep one of them',
    { storage: { type: 'pvc', pvc: { storageClass: 'a', storageClassName: 'b' } } },
  ],
  [
    'spec.storage.pvc.size is "0Gi"; write a size above zero, such as 100Gi',
    { storage: { type: 'pvc', pvc: { size: '0Gi' } } },
  ],
  ['spec.storage.path contains ".."; write a path below the store\'s root', { storage: { ...bucket, path: 'a/../b' } }],
  [
    'caSecret has no meaning with an endpointURL that starts with http://; write https://, or remove caSecret',
    { storage: { ...bucket, cloud: { endpointURL: 'HTTP://minio.example' } }, cloud: { caSecret: 'ca' } },
  ],
  [
    'spec.options.transfer is Direct, and neo4j-admin does not know the authority of storage.cloud.caSecret; write Auto or leave it out',
    { storage: { ...bucket, cloud: { region: 'x', caSecret: 'ca' } }, options: { transfer: 'Direct' } },
  ],
  [
    'spec.storage.cloud.account belongs to storage type azure; remove it',
    { storage: { ...bucket, cloud: { region: 'x', account: 'store' } } },
  ],
])('%s', (sentence, difference) => {
  expect(sentencesOf(difference)).toContain(sentence);
});
