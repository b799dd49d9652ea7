import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '@holdfast/types';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { type S3Store, startStore } from '../../../../test/cluster/store/start-store.ts';
import { collect } from '../bytes.ts';
import { objectStoreContract } from '../contract.ts';
import type { ObjectStore } from '../object-store.ts';
import { openS3 } from './open-s3.ts';
import type { S3Config } from './s3-client.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-s3-'));
let server: S3Store;
let buckets = 0;

beforeAll(async () => {
  server = await startStore({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
});
afterEach(() => server.faults.clear());
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

const mebibyte = 1024 * 1024;

async function open(config: Partial<S3Config> = {}): Promise<ObjectStore> {
  const bucket = `bucket-${(buckets += 1)}`;
  await server.makeBucket(bucket);
  const { accessKeyId, secretAccessKey } = server;
  const place = { bucket, region: 'us-east-1', endpointUrl: server.endpoint, forcePathStyle: true };
  return openS3({ ...place, identity: { accessKeyId, secretAccessKey }, requestAttempts: 1, ...config });
}

objectStoreContract('S3', async () => ({ store: await open(), close: async () => undefined }));
objectStoreContract(
  'S3 without the newer checksums',
  async () => ({ store: await open({ checksumMode: 'WhenRequired' }), close: async () => undefined }),
  { many: 20 },
);

describe('uploads in parts', () => {
  test('arrive whole, with a checksum of the store, and leave no unfinished upload', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    const body = randomBytes(12 * mebibyte);
    const { created, entry } = await store.create('large', inPieces(body, 700_000));
    expect([created, entry.bytes]).toEqual([true, body.length]);
    expect(body.equals((await contentOf(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
    expect(await unfinished(store)).toBe(0);
  });

  test('that meet an existing key at their end change nothing and are aborted', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    async function* overtaken(): AsyncIterable<Uint8Array> {
      yield randomBytes(6 * mebibyte);
      await store.create('large', Buffer.from('first'));
      yield randomBytes(6 * mebibyte);
    }
    const { created, entry } = await store.create('large', overtaken());
    expect([created, entry.bytes]).toEqual([false, 5]);
    expect(await unfinished(store)).toBe(0);
  });

  test('whose body fails are aborted', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    async function* failing(): AsyncIterable<Uint8Array> {
      yield randomBytes(11 * mebibyte);
      throw new Error('the source is gone');
    }
    await expect(store.create('large', failing())).rejects.toThrow('the source is gone');
    expect(await unfinished(store)).toBe(0);
    expect(await Array.fromAsync(store.list(''))).toEqual([]);
  });

  test('that are left unfinished are found by their age and aborted', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    const heal = server.faults.always(
      { kind: 'status', status: 503 },
      ({ method, query }) => method === 'DELETE' || query.has('partNumber'),
    );
    await expect(store.create('team/large', randomBytes(6 * mebibyte))).rejects.toThrow('503');
    heal();
    const longAgo = new Date(Date.now() - 3_600_000);
    expect(await store.abortStaleUploads?.('', longAgo)).toBe(0);
    expect(await store.abortStaleUploads?.('other/', inAnHour())).toBe(0);
    expect(await store.abortStaleUploads?.('team/', inAnHour())).toBe(1);
    expect(await unfinished(store)).toBe(0);
  });
});

describe('trouble gets a name', () => {
  test('a missing bucket is never an empty one, nor are its objects just missing', async () => {
    const store = await open({ bucket: 'nobody-made-this' });
    for (const call of allCalls(store)) {
      expect(await failureOf(call)).toMatchObject({ reason: 'BucketMissing', fate: 'terminal' });
    }
    expect((await failureOf(() => store.probe())).message).toContain('bucket "nobody-made-this" at http://127.0.0.1');
  });

  test.each([
    [403, 'AccessDenied', 'StorageDenied', 'terminal'],
    [403, 'SignatureDoesNotMatch', 'StorageDenied', 'terminal'],
    [403, 'InvalidAccessKeyId', 'StorageDenied', 'terminal'],
    [503, 'SlowDown', 'StorageUnreachable', 'transient'],
    [500, 'InternalError', 'StorageUnreachable', 'transient'],
    [403, 'RequestTimeTooSkewed', 'StorageUnreachable', 'transient'],
    [507, 'XMinioStorageFull', 'StoreSpace', 'terminal'],
    [400, 'SomethingNew', 'UnexpectedError', 'transient'],
  ])('%d %s is %s, %s, for every call, and no body is repeated', async (status, code, reason, fate) => {
    const store = await open();
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>do not repeat me</Message></Error>`;
    server.faults.always(
      { kind: 'status', status, body, headers: { 'content-type': 'application/xml' } },
      ({ method }) => method !== 'HEAD',
    );
    for (const call of [
      () => Array.fromAsync(store.list('')),
      () => store.read('key'),
      () => store.create('key', Buffer.from('x')),
      () => store.probe(),
      () => store.now(),
    ]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ reason, fate });
      expect(failure.message).not.toContain('do not repeat me');
      expect(failure.message).not.toContain(server.secretAccessKey);
    }
  });

  test('HEAD has no body to tell more than its status', async () => {
    const store = await open();
    server.faults.always({ kind: 'status', status: 403 }, ({ method }) => method === 'HEAD');
    expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    server.faults.clear();
    server.faults.always({ kind: 'status', status: 503 }, ({ method }) => method === 'HEAD');
    expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
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

  test('a body that stops in the middle is trouble, not the end', async () => {
    const store = await open();
    await store.create('large', randomBytes(2 * mebibyte));
    server.faults.always({ kind: 'truncate', bytes: 100_000 }, ({ method }) => method === 'GET');
    expect(await failureOf(() => contentOf(store, 'large'))).toMatchObject({
      reason: 'StorageUnreachable',
      fate: 'transient',
    });
  });

  test('a port where nobody listens is unreachable', async () => {
    const store = await open({ endpointUrl: `http://127.0.0.1:${await freePort()}` });
    expect(await failureOf(() => store.probe())).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
  });

  test('wrong keys are denied', async () => {
    const store = await open({
      identity: { accessKeyId: server.accessKeyId, secretAccessKey: 'this-is-not-the-secret' },
    });
    const failure = await failureOf(() => store.probe());
    expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    expect(failure.message).not.toContain('this-is-not-the-secret');
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
  test('an error that hides in a successful answer comes out beside its key', async () => {
    const store = await open();
    const body = `<?xml version="1.0"?><DeleteResult><Error><Key>locked</Key><Code>AccessDenied</Code><Message>hold</Message></Error></DeleteResult>`;
    server.faults.always(
      { kind: 'status', status: 200, body, headers: { 'content-type': 'application/xml' } },
      ({ query }) => query.has('delete'),
    );
    const removals = await store.removeMany(['free', 'locked']);
    expect(removals[0]).toEqual({ key: 'free' });
    expect(removals[1]).toMatchObject({ key: 'locked', error: { reason: 'StorageDenied' } });
    await expect(store.remove('locked')).rejects.toMatchObject({ reason: 'StorageDenied' });
  });

  test('a batch that fails does not hide the batch that worked', async () => {
    const store = await open();
    const keys = Array.from({ length: 1_001 }, (_, index) => `key-${index}`);
    await store.removeMany(['settles versioning']);
    let batches = 0;
    server.faults.always({ kind: 'status', status: 503 }, ({ query }) => query.has('delete') && (batches += 1) === 2);
    const removals = await store.removeMany(keys);
    expect(removals.filter(({ error }) => error).map(({ key }) => key)).toEqual(['key-1000']);
  });

  test('a store that wants an MD5 for its batches gets one request for each key', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await store.create(key, Buffer.from(key));
    const body = `<?xml version="1.0"?><Error><Code>MissingContentMD5</Code></Error>`;
    server.faults.always(
      { kind: 'status', status: 400, body, headers: { 'content-type': 'application/xml' } },
      ({ query }) => query.has('delete'),
    );
    expect(await store.removeMany(['a', 'b'])).toEqual([{ key: 'a' }, { key: 'b' }]);
    expect((await Array.fromAsync(store.list(''))).map(({ key }) => key)).toEqual(['c']);
  });
});

test('a listing that is cut without a token is trouble, not a short listing', async () => {
  const store = await open();
  const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>`;
  server.faults.always({ kind: 'status', status: 200, body, headers: { 'content-type': 'application/xml' } });
  expect(await failureOf(() => Array.fromAsync(store.list('')))).toMatchObject({ reason: 'StorageUnreachable' });
});

test('a store that knows no conditional writes is written to after a look', async () => {
  const store = await open();
  const conditional = server.faults.next(1, { kind: 'status', status: 501 }, ({ method }) => method === 'PUT');
  expect((await store.create('key', Buffer.from('first'))).created).toBe(true);
  conditional();
  expect((await store.create('key', Buffer.from('second'))).created).toBe(false);
});

async function* inPieces(body: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
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

async function unfinished(store: ObjectStore): Promise<number | undefined> {
  return store.abortStaleUploads?.('', inAnHour());
}

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
