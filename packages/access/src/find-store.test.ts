import { generateKeyPairSync } from 'node:crypto';
import { backupFacts, effectiveSpec } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import { expect, test, vi } from 'vitest';
import { makeAuthority } from '../../../test/cluster/certificates/authority.ts';
import { aWorld, namespace, type World } from './a-world.ts';
import { findStore, type FoundStore } from './find-store.ts';
import type { Wait } from './hands.ts';

/** Every name leads to the metadata of a cloud. */
vi.mock(import('node:dns'), async (original) => {
  const lookup = (_name: string, _options: object, answer: (error: null, found: object[]) => void) =>
    answer(null, [{ address: '169.254.169.254', family: 4 }]);
  return { ...(await original()), lookup: lookup as unknown as typeof import('node:dns').lookup };
});

const googleKey = {
  type: 'service_account',
  client_email: 'backups@project.iam.gserviceaccount.com',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  token_uri: 'https://oauth2.googleapis.com/token',
};
const client = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client', AZURE_CLIENT_SECRET: 'hush' };
const accountKey = { AZURE_STORAGE_ACCOUNT: 'orders', AZURE_STORAGE_KEY: 'a2V5' };

test.each<[string, Record<string, string>, object]>([
  ['an account key', accountKey, { account: 'orders', credential: 'accountKey' }],
  [
    'a client secret',
    { ...client, AZURE_STORAGE_ACCOUNT: 'orders' },
    { account: 'orders', credential: 'clientSecret' },
  ],
  ['both: the account key', { ...client, ...accountKey }, { account: 'orders', credential: 'accountKey' }],
])('a container is opened with what the Secret holds, %s', async (_what, secret, access) => {
  const found = await findIn(azureWorld({}, secret));
  expect(found).toMatchObject({ kind: 'direct', access: { type: 'azure', bucket: 'backups', ...access } });
  expect(placeOf(found)).toBe('container "backups" at https://orders.blob.core.windows.net, account "orders"');
});

test("the spec's account goes before the Secret's, and the installation's comes last", async () => {
  const installation = { azure: { account: 'usual', secretName: 'keys' } };
  expect(placeOf(await findIn(azureWorld({ account: 'chosen' }, accountKey)))).toContain('account "chosen"');
  expect(placeOf(await findIn(azureWorld({}, accountKey), installation))).toContain('account "orders"');
  expect(placeOf(await findIn(azureWorld({}, client), installation))).toContain('account "usual"');
});

test.each<[string, Record<string, string>, string]>([
  ['half a key', { AZURE_STORAGE_ACCOUNT: 'orders' }, 'lacks AZURE_STORAGE_KEY, or AZURE_TENANT_ID and'],
  ['half a client', { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client' }, 'lacks AZURE_STORAGE_KEY, or'],
  ['a client without an account', client, 'no storage account is named; set spec.storage.cloud.account'],
  [
    'an account that is an address',
    { ...accountKey, AZURE_STORAGE_ACCOUNT: '10.0.0.1/#' },
    'no name of a storage account',
  ],
  ['a tenant that is an address', { ...client, AZURE_STORAGE_ACCOUNT: 'orders', AZURE_TENANT_ID: 'evil.example/' }, ''],
])('a Secret with %s makes the run wait for a better one', async (_what, secret, message) => {
  const found = (await findIn(azureWorld({}, secret))) as Wait;
  expect(found.againMs).toBe(30_000);
  expect(found.message).toContain(message);
  expect(found.message).not.toContain('hush');
});

test('an authority of somebody’s own in the environment of a service is not asked', async () => {
  process.env['AZURE_AUTHORITY_HOST'] = 'http://169.254.169.254';
  try {
    // The library refuses an authority that is not https: taken from the environment, this would fail.
    expect(await findIn(azureWorld({ account: 'orders' }, client))).toMatchObject({ kind: 'direct' });
  } finally {
    delete process.env['AZURE_AUTHORITY_HOST'];
  }
});

test('a bucket of Google is opened with the key of a service account, whichever entry holds it', async () => {
  for (const secretEntry of ['GOOGLE_APPLICATION_CREDENTIALS_JSON', 'service-account.json']) {
    const found = await findIn(cloudWorld('gcs', {}, { [secretEntry]: JSON.stringify(googleKey) }));
    expect(found).toMatchObject({ kind: 'direct', access: { type: 'gcs', bucket: 'backups', secretEntry } });
    expect(placeOf(found)).toBe('bucket "backups" at https://storage.googleapis.com');
  }
});

test.each<[string, Record<string, string>, string]>([
  ['nothing', {}, 'lacks GOOGLE_APPLICATION_CREDENTIALS_JSON, or service-account.json; add the missing key'],
  [
    'an external account',
    { 'service-account.json': JSON.stringify({ ...googleKey, type: 'external_account' }) },
    'service-account.json in Secret "keys" in namespace "neo4j" is not of type service_account; put the JSON key',
  ],
  [
    'a token_uri of somebody’s own',
    { 'service-account.json': JSON.stringify({ ...googleKey, token_uri: 'http://169.254.169.254/token' }) },
    "names a token_uri that is not Google's",
  ],
  [
    'a key that is none',
    { 'service-account.json': JSON.stringify({ ...googleKey, private_key: 'hush' }) },
    'is no RSA key; download the key again',
  ],
])('a Secret for a bucket of Google with %s makes the run wait for a better one', async (_what, secret, message) => {
  const found = (await findIn(cloudWorld('gcs', {}, secret))) as Wait;
  expect(found).toMatchObject({ againMs: 30_000, reason: 'CredentialsMissing' });
  expect(found.message).toContain(message);
  expect(found.message).not.toMatch(/hush|169\.254/);
});

test('a bucket of Google without a Secret is for the backup’s own pods alone', async () => {
  const world = aWorld({ spec: { storage: { type: 'gcs', bucket: 'backups' } } });
  expect(await findIn(world)).toEqual({ kind: 'agent', access: { type: 'gcs', bucket: 'backups' } });
});

test.each<[string, Record<string, string> | undefined, string]>([
  ['that does not exist', undefined, 'Secret "ca" in namespace "neo4j" does not exist; create it'],
  ['without ca.crt', { 'tls.crt': 'x' }, 'Secret "ca" in namespace "neo4j" lacks ca.crt; add it'],
  [
    'with something else',
    { 'ca.crt': 'hush' },
    'ca.crt in Secret "ca" in namespace "neo4j" holds no certificate; put in',
  ],
])('the Secret of an authority %s makes the run wait, whoever may open the store', async (_what, secret, message) => {
  const identity = { serviceAccount: 'backups' };
  for (const cloud of [{ caSecret: 'ca' }, { caSecret: 'ca', credentialsSecret: undefined, identity }]) {
    const world = s3World(cloud);
    if (secret) putSecret(world, 'ca', secret);
    const found = (await findIn(world)) as Wait;
    expect(found).toMatchObject({ againMs: 30_000, reason: 'AuthorityMissing' });
    expect(found.message).toContain(message);
    expect(found.message).not.toContain('hush');
  }
});

test('the name of an authority that is there goes to the pods of the backup', async () => {
  const identity = { serviceAccount: 'backups' };
  for (const cloud of [{}, { credentialsSecret: undefined, identity }]) {
    const world = s3World(cloud);
    putSecret(world, 'ca', { 'ca.crt': makeAuthority('ours').pem });
    const found = await findIn(world, { s3: { caSecretName: 'ca' } });
    expect(found).toMatchObject({ kind: 'identity' in cloud ? 'agent' : 'direct', access: { caSecretName: 'ca' } });
  }
});

test('a private endpoint for Azure is refused like any other', async () => {
  const found = await findIn(azureWorld({ endpointURL: 'http://169.254.169.254', account: 'orders' }, accountKey));
  expect(found).toMatchObject({ reason: 'EndpointNotAllowed' });
});

test.each<[string, World]>([
  ['Azure', azureWorld({ endpointURL: 'https://store.example', account: 'orders' }, accountKey)],
  ['S3', s3World({ endpointURL: 'https://store.example' })],
  [
    'Google',
    cloudWorld('gcs', { endpointURL: 'https://store.example' }, { 'service-account.json': JSON.stringify(googleKey) }),
  ],
])(
  'an endpoint for %s with a public name is not called where that leads to a private address',
  async (_kind, world) => {
    const found = await findIn(world);
    if (!('store' in found)) throw new Error('no service opens this store');
    await expect(found.store.probe()).rejects.toMatchObject({ reason: 'EndpointNotAllowed' });
  },
);

function s3World(cloud: object): World {
  return cloudWorld('s3', cloud, { AWS_ACCESS_KEY_ID: 'tenant', AWS_SECRET_ACCESS_KEY: 'hush' });
}

function azureWorld(cloud: object, secret: Record<string, string>): World {
  return cloudWorld('azure', cloud, secret);
}

function cloudWorld(type: 's3' | 'gcs' | 'azure', cloud: object, secret: Record<string, string>): World {
  const named = { region: 'eastus', credentialsSecret: 'keys', ...cloud };
  const storage = { type, bucket: 'backups', cloud: named };
  const world = aWorld({ spec: { storage } });
  putSecret(world, 'keys', secret);
  return world;
}

function putSecret(world: World, name: string, entries: Record<string, string>): void {
  const data = Object.fromEntries(Object.entries(entries).map(([key, text]) => [key, btoa(text)]));
  world.kube.put(resources.secrets, { metadata: { namespace, name }, data });
}

function findIn(world: World, storeDefaults = {}): Promise<FoundStore | Wait> {
  const backup = world.backup();
  const { spec } = effectiveSpec(backup);
  if (!spec) throw new Error('the spec was refused');
  return findStore(backupFacts(backup), spec, { ...world.hands, storeDefaults }, new AbortController().signal);
}

function placeOf(found: FoundStore | Wait): string | undefined {
  return 'kind' in found && found.kind === 'direct' ? found.root.place : undefined;
}
