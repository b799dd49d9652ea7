import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { BackupError } from '@holdfast/types';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { startAzure, type AzureStore } from '../../../../test/cluster/store/start-azure.ts';
import { collect } from '../bytes.ts';
import { objectStoreContract } from '../contract.ts';
import type { ObjectStore } from '../object-store.ts';
import type { AzureConfig } from './azure-client.ts';
import { openAzure } from './open-azure.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-azure-'));
let server: AzureStore;
let containers = 0;

beforeAll(async () => {
  server = await startAzure({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
});
afterEach(() => server.faults.clear());
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

const mebibyte = 1024 * 1024;

async function open(config: Partial<AzureConfig> = {}): Promise<ObjectStore> {
  const bucket = `container-${(containers += 1)}`;
  await server.makeContainer(bucket);
  const { account, accountKey, endpoint } = server;
  const identity = { kind: 'accountKey', accountKey } as const;
  return openAzure({ bucket, account, endpointUrl: endpoint, identity, requestAttempts: 1, ...config });
}

objectStoreContract('Azure', async () => ({ store: await open(), close: async () => undefined }));

describe('uploads in blocks', () => {
  test('of two writers of one key never mix: the one that commits first is there whole', async () => {
    const store = await open({ partBytes: mebibyte });
    const bodies = [randomBytes(4 * mebibyte), randomBytes(4 * mebibyte)];
    const answers = await Promise.all(bodies.map((body) => store.create('large', body)));
    const winner = answers.findIndex(({ created }) => created);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(bodies[winner]?.equals((await contentOf(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
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

describe('trouble gets a name', () => {
  test('a missing container is never an empty one, nor are its blobs just missing', async () => {
    const store = await open({ bucket: 'nobody-made-this' });
    for (const call of allCalls(store))
      expect(await failureOf(call)).toMatchObject({ reason: 'BucketMissing', fate: 'terminal' });
    expect((await failureOf(() => store.probe())).message).toContain(
      'container "nobody-made-this" at http://127.0.0.1',
    );
  });

  test.each([
    [403, 'AuthorizationFailure', 'StorageDenied', 'terminal'],
    [403, 'AuthorizationPermissionMismatch', 'StorageDenied', 'terminal'],
    [403, 'AuthenticationFailed', 'StorageDenied', 'terminal'],
    [401, 'InvalidAuthenticationInfo', 'StorageDenied', 'terminal'],
    [503, 'ServerBusy', 'StorageUnreachable', 'transient'],
    [500, 'InternalError', 'StorageUnreachable', 'transient'],
    [400, 'SomethingNew', 'UnexpectedError', 'transient'],
  ])('%d %s is %s, %s, for every call, and no body is repeated', async (status, code, reason, fate) => {
    const store = await open();
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>do not repeat me</Message></Error>`;
    const headers = { 'content-type': 'application/xml', 'x-ms-error-code': code };
    server.faults.always({ kind: 'status', status, body, headers });
    for (const call of allCalls(store)) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ reason, fate });
      expect(failure.message).not.toContain('do not repeat me');
    }
  });

  test('a connection that is cut is unreachable, for every call', async () => {
    const store = await open();
    server.faults.always({ kind: 'cut' });
    for (const call of allCalls(store))
      expect(await failureOf(call)).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
  });

  test('a server that accepts and never answers ends with the time limit', async () => {
    const store = await open({ timeoutMs: 150 });
    server.faults.always({ kind: 'silence' });
    for (const call of allCalls(store))
      expect(await failureOf(call)).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
  });

  test('a body that stops in the middle again and again is trouble, not the end', async () => {
    const store = await open();
    await store.create('large', randomBytes(2 * mebibyte));
    server.faults.always({ kind: 'truncate', bytes: 100_000 }, ({ method }) => method === 'GET');
    expect(await failureOf(() => contentOf(store, 'large'))).toMatchObject({
      reason: 'StorageUnreachable',
      fate: 'transient',
    });
  });

  test('a wrong key is denied, and neither it nor its signature is told', async () => {
    const accountKey = randomBytes(64).toString('base64');
    const store = await open({ identity: { kind: 'accountKey', accountKey } });
    const failure = await failureOf(() => store.probe());
    expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/SharedKey \w+:/);
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(accountKey);
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

  test('an abort in the middle of a call throws its reason', async () => {
    const store = await open();
    server.faults.always({ kind: 'silence' });
    const abort = new AbortController();
    const call = store.probe(abort.signal);
    abort.abort(new Error('shutting down'));
    await expect(call).rejects.toThrow('shutting down');
  });
});

describe('removing many', () => {
  test('a blob that a lease keeps is told beside its key, and the others go', async () => {
    const bucket = `container-${containers + 1}`;
    const store = await open();
    for (const key of ['free', 'leased', 'other']) await store.create(key, Buffer.from(key));
    await lease(bucket, 'leased');
    const removals = await store.removeMany(['free', 'leased', 'absent', 'other']);
    expect(removals.filter(({ error }) => !error).map(({ key }) => key)).toEqual(['free', 'absent', 'other']);
    expect(removals[1]).toMatchObject({ key: 'leased', error: { reason: 'ObjectLocked' } });
    await expect(store.remove('leased')).rejects.toMatchObject({ reason: 'ObjectLocked' });
    expect((await Array.fromAsync(store.list(''))).map(({ key }) => key)).toEqual(['leased']);
    expect(await store.create('leased', Buffer.from('again'))).toMatchObject({ created: false, entry: { bytes: 6 } });
  });

  test('a batch that fails does not hide the batch that worked', async () => {
    const store = await open();
    const keys = Array.from({ length: 257 }, (_, index) => `key-${index}`);
    let batches = 0;
    server.faults.always(
      { kind: 'status', status: 503 },
      ({ query }) => query.get('comp') === 'batch' && (batches += 1) === 2,
    );
    const removals = await store.removeMany(keys);
    expect(removals.filter(({ error }) => error).map(({ key }) => key)).toEqual(['key-256']);
    expect(batches).toBe(2);
  });
});

/** Signed by the SDK, because nothing of ours takes leases. */
async function lease(bucket: string, key: string): Promise<void> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const { account, accountKey, endpoint } = server;
  const service = new BlobServiceClient(`${endpoint}/${account}`, new StorageSharedKeyCredential(account, accountKey));
  await service.getContainerClient(bucket).getBlobClient(key).getBlobLeaseClient().acquireLease(-1);
}

async function contentOf(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const body = await store.read(key);
  return body && collect(body);
}

function allCalls(store: ObjectStore): (() => Promise<unknown>)[] {
  return [
    () => Array.fromAsync(store.list('')),
    () => store.head('key'),
    () => store.read('key'),
    () => store.create('key', Buffer.from('x')),
    () => store.remove('key'),
    () => store.probe(),
    () => store.now(),
  ];
}

async function failureOf(call: () => Promise<unknown>): Promise<BackupError> {
  const outcome = await call().then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof BackupError) return outcome;
  throw new Error('the call did not end with a BackupError', { cause: outcome });
}
