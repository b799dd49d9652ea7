import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3, type ObjectStore, type S3Config } from '@holdfast/storage';
import { objectStoreContract } from '@holdfast/storage/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BucketOptions, S3Server, ServerOptions } from './s3-server.ts';

const mebibyte = 1024 * 1024;

/** Opens a fresh bucket of the server. */
export type OpenBucket = (
  config?: Partial<S3Config>,
  kind?: BucketOptions,
) => Promise<{ readonly store: ObjectStore; readonly bucket: string }>;

/** Plays the contract of a store, and what only S3 has, on a server that it starts and stops. */
export function contractOnS3(
  name: 'MinIO' | 'versitygw' | 'moto',
  start: (options: ServerOptions) => Promise<S3Server>,
): { readonly open: OpenBucket; readonly server: () => S3Server } {
  const dir = mkdtempSync(join(tmpdir(), `holdfast-${name.toLowerCase()}-`));
  let server: S3Server;
  let buckets = 0;

  beforeAll(async () => {
    server = await start({ dir, say: (line) => void process.stderr.write(`${line}\n`) });
  }, 1_800_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true });
  });

  const open: OpenBucket = async (config = {}, kind = {}) => {
    const bucket = config.bucket ?? `bucket-${(buckets += 1)}`;
    if (config.bucket === undefined) await server.makeBucket(bucket, kind);
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = server;
    const place = { bucket, region: 'us-east-1', endpointUrl, forcePathStyle: true };
    const identity = { accessKeyId, secretAccessKey };
    const store = await openS3({ ...place, identity, checksumMode: 'WhenSupported', requestAttempts: 1, ...config });
    return { store, bucket };
  };
  const opening = async (...given: Parameters<OpenBucket>) => ({
    store: (await open(...given)).store,
    close: async () => undefined,
  });
  const wrongKeys = async () => {
    const identity = { accessKeyId: server.accessKeyId, secretAccessKey: 'this-is-not-the-secret' };
    return { store: (await open({ identity })).store, hush: [identity.secretAccessKey, /Signature=\w/] };
  };
  const missing = async () => (await open({ bucket: 'nobody-made-this' })).store;

  objectStoreContract(name, () => opening(), { strangers: { wrongKeys, missing } });
  objectStoreContract(`${name} without the newer checksums`, () => opening({ checksumMode: 'WhenRequired' }), {
    many: 20,
  });
  objectStoreContract(`${name} with versions`, () => opening({}, { versions: true }), { many: 20 });

  test('in a bucket with versions nothing of a removed object stays', async () => {
    const { store, bucket } = await open({}, { versions: true });
    for (const text of ['first', 'second']) {
      await store.create('key', Buffer.from(text));
      await store.remove('key');
    }
    expect(await server.versionsBelow(bucket)).toEqual([]);
  });

  test('an access key that nobody has is denied, as a wrong secret is', async () => {
    const identity = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'this-is-not-the-secret' };
    const { store } = await open({ identity });
    await expect(store.probe()).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    await expect(store.head('key')).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  });

  test('a copy in the same parts has the same ETag, and leaves no unfinished upload', async () => {
    const { store, bucket } = await open();
    const { digest, entry } = await store.create('large', randomBytes(17 * mebibyte));
    for (const to of ['archive/first', 'archive/second']) {
      const copied = await store.copy('large', to, { partBytes: digest?.partBytes, archive: true });
      expect(copied).toMatchObject({ created: true, entry: { bytes: entry.bytes, etag: entry.etag } });
    }
    expect((await server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
  });

  test.each(['WhenSupported', 'WhenRequired'] as const)(
    'in a bucket that locks, %s, an object can be written once, cannot be removed, and the refusal has its name',
    async (checksumMode) => {
      const { store, bucket } = await open({ checksumMode }, { lockDays: 1 });
      await store.probe();
      await store.create('kept', Buffer.from('x'));
      await store.create('large', randomBytes(9 * mebibyte));
      expect((await store.create('kept', Buffer.from('y'))).created).toBe(false);
      const removals = await store.removeMany(['kept', 'absent', 'large']);
      expect(removals.map(({ key, error }) => [key, error?.reason])).toEqual([
        ['kept', 'ObjectLocked'],
        ['absent', undefined],
        ['large', 'ObjectLocked'],
      ]);
      await expect(store.remove('kept')).rejects.toMatchObject({ reason: 'ObjectLocked', fate: 'terminal' });
      const { ObjectLockMode } = await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'kept' }));
      expect(ObjectLockMode).toBe('COMPLIANCE');
      expect((await Array.fromAsync(store.list(''))).map(({ key }) => key).sort()).toEqual(['kept', 'large']);
    },
  );

  return { open, server: () => server };
}
