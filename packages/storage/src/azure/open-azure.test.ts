import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { startAzure, type AzureStore } from '../../../../test/cluster/store/start-azure.ts';
import { failureOf, givesTroubleItsName } from '../a-troubled-store.ts';
import { objectStoreContract } from '../contract.ts';
import { content, mebibyte } from '../contract/contents.ts';
import type { ObjectStore } from '../object-store.ts';
import type { AzureConfig } from './azure-client.ts';
import { openAzure } from './open-azure.ts';

let dir: string;
let server: AzureStore;
let containers = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-azure-'));
  server = await startAzure({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
});
afterEach(() => server.faults.clear());
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

async function open(config: Partial<AzureConfig> = {}): Promise<ObjectStore> {
  const bucket = `container-${(containers += 1)}`;
  await server.makeContainer(bucket);
  const { account, accountKey, endpoint } = server;
  const identity = { kind: 'accountKey', accountKey } as const;
  return openAzure({ bucket, account, endpointUrl: endpoint, identity, requestAttempts: 1, ...config });
}

objectStoreContract('Azurite', async () => ({ store: await open(), close: async () => undefined }), {
  strangers: {
    wrongKeys: async () => {
      const accountKey = randomBytes(64).toString('base64');
      const store = await open({ identity: { kind: 'accountKey', accountKey } });
      return { store, hush: [accountKey, /SharedKey \w+:/] };
    },
    missing: () => open({ bucket: 'nobody-made-this', requestAttempts: 3 }),
  },
});

describe('uploads in blocks', () => {
  test('of two writers of one key never mix: the one that commits first is there whole', async () => {
    const store = await open({ partBytes: mebibyte });
    const bodies = [randomBytes(4 * mebibyte), randomBytes(4 * mebibyte)];
    const answers = await Promise.all(bodies.map((body) => store.create('large', body)));
    const winner = answers.findIndex(({ created }) => created);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(bodies[winner]?.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
  });

  test('whose body fails leave nothing that anybody sees', async () => {
    const store = await open({ partBytes: mebibyte });
    async function* failing(): AsyncIterable<Uint8Array> {
      yield randomBytes(3 * mebibyte);
      throw new Error('the source is gone');
    }
    await expect(store.create('large', failing())).rejects.toThrow('the source is gone');
    expect(await Array.fromAsync(store.list(''))).toEqual([]);
    expect((await store.create('large', Buffer.from('next'))).created).toBe(true);
  });
});

givesTroubleItsName({
  faults: () => server.faults,
  open,
  secret: () => server.accountKey,
  answers: [
    [403, 'AuthorizationFailure', 'StorageDenied', 'terminal'],
    [403, 'AuthorizationPermissionMismatch', 'StorageDenied', 'terminal'],
    [403, 'AuthenticationFailed', 'StorageDenied', 'terminal'],
    [401, 'InvalidAuthenticationInfo', 'StorageDenied', 'terminal'],
    [503, 'ServerBusy', 'StorageUnreachable', 'transient'],
    [500, 'InternalError', 'StorageUnreachable', 'transient'],
    [400, 'SomethingNew', 'UnexpectedError', 'transient'],
  ],
  codeHeader: 'x-ms-error-code',
  batch: { keys: 256, request: ({ query }) => query.get('comp') === 'batch' },
});

test('a token is not sent in the clear', async () => {
  const identity = { kind: 'clientSecret', tenantId: 'tenant', clientId: 'client', clientSecret: 'hush' } as const;
  const failure = await failureOf(() => open({ identity }));
  expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  expect(failure.message).toContain('use an https endpoint');
});

test('a pod without a federated account says so', async () => {
  const failure = await failureOf(() => open({ endpointUrl: 'https://store.example', identity: { kind: 'pod' } }));
  expect(failure).toMatchObject({ reason: 'CredentialsMissing', fate: 'terminal' });
});

test('a blob that a lease keeps is told beside its key, and the others go', async () => {
  const bucket = `container-${containers + 1}`;
  const store = await open();
  for (const key of ['free', 'leased', 'other']) await store.create(key, Buffer.from(key));
  await lease(bucket, 'leased');
  const removals = await store.removeMany(['free', 'leased', 'absent', 'other']);
  expect(removals.filter(({ error }) => !error).map(({ key }) => key)).toEqual(['free', 'absent', 'other']);
  expect((await store.head('leased'))?.lock).toEqual({ by: 'a lease' });
  expect(removals[1]).toMatchObject({ key: 'leased', error: { reason: 'ObjectLocked' } });
  await expect(store.remove('leased')).rejects.toMatchObject({ reason: 'ObjectLocked' });
  expect((await Array.fromAsync(store.list(''))).map(({ key }) => key)).toEqual(['leased']);
  expect(await store.create('leased', Buffer.from('again'))).toMatchObject({ created: false, entry: { bytes: 6 } });
});

/** Signed by the SDK, because nothing of ours takes leases. */
async function lease(bucket: string, key: string): Promise<void> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const { account, accountKey, endpoint } = server;
  const service = new BlobServiceClient(`${endpoint}/${account}`, new StorageSharedKeyCredential(account, accountKey));
  await service.getContainerClient(bucket).getBlobClient(key).getBlobLeaseClient().acquireLease(-1);
}
