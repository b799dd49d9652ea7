import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { type S3Store, startStore } from '../../../../test/cluster/store/start-store.ts';
import { failureOf, givesTroubleItsName } from '../a-troubled-store.ts';
import { objectStoreContract } from '../contract.ts';
import { content, inAnHour, mebibyte } from '../contract/contents.ts';
import type { ObjectStore } from '../object-store.ts';
import { openS3 } from './open-s3.ts';
import type { S3Config } from './s3-client.ts';

let dir: string;
let server: S3Store;
let buckets = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-s3-'));
  server = await startStore({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
});
afterEach(() => server.faults.clear());
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

async function open(config: Partial<S3Config> = {}): Promise<ObjectStore> {
  const bucket = `bucket-${(buckets += 1)}`;
  await server.makeBucket(bucket);
  const { accessKeyId, secretAccessKey } = server;
  const place = { bucket, region: 'us-east-1', endpointUrl: server.endpoint, forcePathStyle: true };
  return openS3({ ...place, identity: { accessKeyId, secretAccessKey }, requestAttempts: 1, ...config });
}

const opening = async (config: Partial<S3Config> = {}) => ({ store: await open(config), close: async () => undefined });

objectStoreContract('fauxqs', () => opening(), {
  strangers: {
    wrongKeys: async () => {
      const secretAccessKey = 'this-is-not-the-secret';
      const store = await open({ identity: { accessKeyId: server.accessKeyId, secretAccessKey } });
      return { store, hush: [secretAccessKey, /Signature=\w/] };
    },
    missing: () => open({ bucket: 'nobody-made-this', requestAttempts: 3 }),
  },
});
objectStoreContract('fauxqs without the newer checksums', () => opening({ checksumMode: 'WhenRequired' }));

describe('uploads in parts', () => {
  test('arrive whole, with a checksum of the store, and leave no unfinished upload', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    const body = randomBytes(12 * mebibyte);
    const { created, entry } = await store.create('large', inPieces(body, 700_000));
    expect([created, entry.bytes]).toEqual([true, body.length]);
    expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
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

describe('copies', () => {
  const refused = (code: string) => ({
    kind: 'status' as const,
    status: 400,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`,
  });

  test('in the parts in which an object was written keep the ETag that was made of theirs', async () => {
    const partBytes = 5 * mebibyte;
    const store = await open({ partBytes });
    const { entry } = await store.create('large', randomBytes(12 * mebibyte));
    expect(entry.etag).toMatch(/-3"$/);
    const copied = await store.copy('large', 'archive/large', { partBytes, archive: true });
    expect(copied).toMatchObject({ created: true, entry: { bytes: entry.bytes, etag: entry.etag } });
    expect(await unfinished(store)).toBe(0);
  });

  test('that are cut off leave neither a copy nor an unfinished upload', async () => {
    const store = await open({ partBytes: 5 * mebibyte });
    await store.create('large', randomBytes(12 * mebibyte));
    server.faults.next(1, { kind: 'status', status: 503 }, ({ query }) => query.get('partNumber') === '2');
    const failure = await failureOf(() => store.copy('large', 'copy', { partBytes: 5 * mebibyte }));
    expect(failure).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
    expect(await store.head('copy')).toBeUndefined();
    expect(await unfinished(store)).toBe(0);
  });

  test('go into the usual class of a store that has no archive, which is asked once', async () => {
    const store = await open();
    for (const key of ['a', 'b']) await store.create(key, Buffer.from(key));
    let asked = 0;
    server.faults.always(
      refused('InvalidStorageClass'),
      ({ method, path }) => method === 'PUT' && path.includes('/archive/') && (asked += 1) === 1,
    );
    for (const key of ['a', 'b']) {
      const copied = await store.copy(key, `archive/${key}`, { archive: true });
      expect(copied?.created).toBe(true);
      expect(copied?.entry.storageClass).toBeUndefined();
    }
    expect(asked).toBe(3); // refused, and once for each copy
  });
});

describe('thawing', () => {
  const head = (headers: Record<string, string>) =>
    server.faults.next(1, { kind: 'status', status: 200, headers }, ({ method }) => method === 'HEAD');
  const thaw = (store: ObjectStore) => store.thaw?.('key', { copyTo: 'thawed/key', days: 7 });

  test('asks once, waits while the store works, and says until when it can be read', async () => {
    const store = await open();
    await store.create('key', Buffer.from('x'));
    const archived = { 'x-amz-storage-class': 'GLACIER' };
    let asked = 0;
    server.faults.always({ kind: 'status', status: 202 }, ({ query }) => query.has('restore') && (asked += 1) > 0);
    head(archived);
    expect(await thaw(store)).toEqual({ state: 'Coming' });
    expect(asked).toBe(1);
    head({ ...archived, 'x-amz-restore': 'ongoing-request="true"' });
    expect(await thaw(store)).toEqual({ state: 'Coming' });
    head({ ...archived, 'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 20 Mar 2026 00:00:00 GMT"' });
    expect(await thaw(store)).toEqual({ state: 'Readable', key: 'key', until: new Date('2026-03-20T00:00:00Z') });
    expect(asked).toBe(1);
  });

  test('is nothing to do for what can be read, nor for what is not there', async () => {
    const store = await open();
    await store.create('key', Buffer.from('x'));
    expect(await thaw(store)).toEqual({ state: 'Readable', key: 'key' });
    expect(await store.thaw?.('absent', { copyTo: 'thawed/absent', days: 7 })).toBeUndefined();
  });

  test('what sleeps is told with the remedy when it is read', async () => {
    const store = await open();
    server.faults.always(
      {
        kind: 'status',
        status: 403,
        body: '<Error><Code>InvalidObjectState</Code></Error>',
        headers: { 'content-type': 'application/xml' },
      },
      ({ method }) => method === 'GET',
    );
    expect(await failureOf(() => store.read('key'))).toMatchObject({ reason: 'ObjectArchived', fate: 'terminal' });
  });
});

givesTroubleItsName({
  faults: () => server.faults,
  open,
  secret: () => server.secretAccessKey,
  answers: [
    [403, 'AccessDenied', 'StorageDenied', 'terminal'],
    [403, 'SignatureDoesNotMatch', 'StorageDenied', 'terminal'],
    [403, 'InvalidAccessKeyId', 'StorageDenied', 'terminal'],
    [503, 'SlowDown', 'StorageUnreachable', 'transient'],
    [500, 'InternalError', 'StorageUnreachable', 'transient'],
    [403, 'RequestTimeTooSkewed', 'StorageUnreachable', 'transient'],
    [507, 'XMinioStorageFull', 'StoreSpace', 'terminal'],
    [301, 'PermanentRedirect', 'StorageUnreachable', 'terminal'],
    [400, 'AuthorizationHeaderMalformed', 'StorageUnreachable', 'terminal'],
    [400, 'SomethingNew', 'UnexpectedError', 'transient'],
  ],
  // The answer to HEAD has no body, and a bucket that keeps its versioning to itself is removed from all the same.
  deaf: { calls: ['head', 'remove'], requests: ({ method }) => method === 'HEAD' },
  batch: { keys: 1_000, request: ({ query }) => query.has('delete') },
});

test('HEAD has no body to tell more than its status', async () => {
  const store = await open();
  server.faults.always({ kind: 'status', status: 403 }, ({ method }) => method === 'HEAD');
  expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  server.faults.clear();
  server.faults.always({ kind: 'status', status: 503 }, ({ method }) => method === 'HEAD');
  expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
});

test('where HEAD only says 400, the smallest listing is asked for the name', async () => {
  const store = await open();
  const body = `<?xml version="1.0"?><Error><Code>AuthorizationHeaderMalformed</Code></Error>`;
  server.faults.always({ kind: 'status', status: 400, body, headers: { 'content-type': 'application/xml' } });
  const elsewhere = { reason: 'StorageUnreachable', fate: 'terminal' };
  expect(await failureOf(() => store.head('key'))).toMatchObject(elsewhere);
  expect(await failureOf(() => store.create('key', Buffer.from('x')))).toMatchObject(elsewhere);
});

test('where HEAD does not find the one who asks, the bucket is not said to be missing', async () => {
  const store = await open();
  const body = `<?xml version="1.0"?><Error><Code>XAdminUserNotFound</Code></Error>`;
  server.faults.always({ kind: 'status', status: 404, body, headers: { 'content-type': 'application/xml' } });
  expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
});

test('who may not list learns of a missing bucket all the same', async () => {
  const store = await open();
  server.faults.always({ kind: 'status', status: 404 }, ({ method }) => method === 'HEAD');
  server.faults.always({ kind: 'status', status: 403 }, ({ method }) => method === 'GET');
  expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'BucketMissing', fate: 'terminal' });
});

describe('removing many', () => {
  test('a lock that only the text of the refusal tells is told, and the text is not', async () => {
    const store = await open();
    await store.create('locked', Buffer.from('x'));
    const said = 'Access Denied because object protected by object lock. do not repeat me';
    const body = `<?xml version="1.0"?><DeleteResult><Error><Key>locked</Key><Code>AccessDenied</Code><Message>${said}</Message></Error></DeleteResult>`;
    server.faults.always(
      { kind: 'status', status: 200, body, headers: { 'content-type': 'application/xml' } },
      ({ query }) => query.has('delete'),
    );
    const [removal] = await store.removeMany(['locked']);
    expect(removal?.error).toMatchObject({ reason: 'ObjectLocked', fate: 'terminal' });
    expect(removal?.error?.message).not.toContain('do not repeat me');
  });

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

async function unfinished(store: ObjectStore): Promise<number | undefined> {
  return store.abortStaleUploads?.('', inAnHour());
}
