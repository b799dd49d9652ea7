import { expect, test } from 'vitest';
import { plannedStore, storeAccess, type StoreAccess } from './store-access.ts';

const bucket = { type: 's3', bucket: 'backups', path: 'a' } as const;
const defaults = {
  s3: { endpointUrl: 'https://minio.example', forcePathStyle: true, region: 'eu-north-1', secretName: 'usual-keys' },
};

test('a bucket without anything else is looked for in the fallback region', () => {
  expect(storeAccess(bucket, {})).toEqual({
    type: 's3',
    bucket: 'backups',
    region: 'us-east-1',
    forcePathStyle: false,
    checksumMode: 'WhenSupported',
  });
});

test('what the spec does not say the installation may', () => {
  expect(storeAccess(bucket, defaults)).toEqual({
    type: 's3',
    bucket: 'backups',
    region: 'eu-north-1',
    endpointUrl: 'https://minio.example',
    forcePathStyle: true,
    checksumMode: 'WhenRequired',
    secretName: 'usual-keys',
  });
});

test('the spec goes first, also with a plain no', () => {
  const spec = {
    ...bucket,
    region: 'eu-west-1',
    forcePathStyle: false,
    credentialsSecret: 'own',
    checksumMode: 'WhenSupported',
  } as const;
  expect(storeAccess(spec, defaults)).toMatchObject({
    region: 'eu-west-1',
    forcePathStyle: false,
    secretName: 'own',
    checksumMode: 'WhenSupported',
  });
});

test("an endpoint of one's own gets nothing that was said of another store", () => {
  expect(storeAccess({ ...bucket, endpointUrl: 'https://other.example' }, defaults)).toEqual({
    type: 's3',
    bucket: 'backups',
    region: 'us-east-1',
    endpointUrl: 'https://other.example',
    forcePathStyle: false,
    checksumMode: 'WhenRequired',
  });
});

test('a claim needs nothing but its name', () => {
  expect(storeAccess({ type: 'pvc', claim: 'nightly-backups', path: '' }, defaults)).toEqual({
    type: 'pvc',
    claim: 'nightly-backups',
  });
});

test('the plan names no Secret', () => {
  expect(plannedStore(storeAccess(bucket, defaults))).not.toHaveProperty('secretName');
  expect(plannedStore({ type: 'pvc', claim: 'nightly-backups' })).toEqual({ type: 'pvc' });
});

test('who asks for an identity gets no Secret of the installation', () => {
  expect(storeAccess({ ...bucket, identity: {} }, defaults)).not.toHaveProperty('secretName');
  expect(storeAccess({ ...bucket, identity: {}, credentialsSecret: 'own' }, defaults)).toMatchObject({
    secretName: 'own',
  });
});

test('a bucket of Google is found with a Secret, or as the pod, and the plan says which', () => {
  const google = { type: 'gcs', bucket: 'backups', path: '' } as const;
  const usual = { gcs: { endpointUrl: 'https://storage.example', secretName: 'usual-key' } };
  const pod = storeAccess(google, {});
  expect(pod).toEqual({ type: 'gcs', bucket: 'backups' });
  expect(plannedStore(pod)).toEqual({ type: 'gcs', bucket: 'backups', credential: 'pod' });
  const found = storeAccess(google, usual);
  expect(found).toEqual({ ...pod, ...usual.gcs });
  expect(plannedStore({ ...found, secretEntry: 'service-account.json' } as StoreAccess)).toEqual({
    type: 'gcs',
    bucket: 'backups',
    endpointUrl: 'https://storage.example',
    credential: 'key',
  });
  expect(storeAccess({ ...google, endpointUrl: 'https://other.example' }, usual)).toEqual({
    ...pod,
    endpointUrl: 'https://other.example',
  });
  expect(storeAccess({ ...google, identity: {} }, usual)).not.toHaveProperty('secretName');
});

test.each([
  ['s3', { ...bucket }],
  ['gcs', { ...bucket, type: 'gcs' }],
  ['azure', { ...bucket, type: 'azure' }],
] as const)(
  'the authority of a store of type %s is of the spec, else of the installation, and no word for the agent',
  (type, storage) => {
    const installation = { [type]: { account: 'orders', caSecretName: 'usual-ca' } };
    const authorityOf = (access: StoreAccess) => (access.type === 'pvc' ? undefined : access.caSecretName);
    expect(authorityOf(storeAccess(storage, {}))).toBeUndefined();
    expect(authorityOf(storeAccess(storage, installation))).toBe('usual-ca');
    expect(authorityOf(storeAccess({ ...storage, caSecret: 'ca' }, installation))).toBe('ca');
    expect(authorityOf(storeAccess({ ...storage, endpointUrl: 'https://own' }, installation))).toBeUndefined();
    expect(JSON.stringify(plannedStore(storeAccess(storage, installation)))).not.toContain('usual-ca');
  },
);
