import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proveDigest } from '@holdfast/core';
import { below, openS3, type ObjectStore, type S3Config } from '@holdfast/storage';
import { objectStoreContract } from '@holdfast/storage/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMinio, wantsMinio, type Minio } from './start-minio.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const mebibyte = 1024 * 1024;

describe.skipIf(!wantsMinio('the contract of S3'))('on a real S3 server', () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-minio-'));
  let minio: Minio;
  let buckets = 0;

  beforeAll(async () => {
    minio = await startMinio({ dir, say });
  }, 1_800_000);
  afterAll(async () => {
    await minio?.stop();
    rmSync(dir, { recursive: true });
  });

  async function open(
    config: Partial<S3Config> = {},
    kind: Parameters<Minio['makeBucket']>[1] = {},
  ): Promise<{ store: ObjectStore; bucket: string }> {
    const bucket = `bucket-${(buckets += 1)}`;
    await minio.makeBucket(bucket, kind);
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = minio;
    const place = { bucket, region: 'us-east-1', endpointUrl, forcePathStyle: true };
    const identity = { accessKeyId, secretAccessKey };
    const store = await openS3({ ...place, identity, checksumMode: 'WhenSupported', requestAttempts: 1, ...config });
    return { store, bucket };
  }
  const opening = async (...given: Parameters<typeof open>) => ({
    store: (await open(...given)).store,
    close: async () => undefined,
  });

  objectStoreContract('MinIO', () => opening());
  objectStoreContract('MinIO without the newer checksums', () => opening({ checksumMode: 'WhenRequired' }), {
    many: 20,
  });
  objectStoreContract('MinIO with versions', () => opening({}, { versions: true }), { many: 20 });

  test('the digest of an upload in parts is the very checksum that the store keeps', async () => {
    const { store } = await open();
    const { digest, entry } = await store.create('large', randomBytes(17 * mebibyte));
    expect(entry.checksum).toMatch(/^sha256:.{44}-3$/);
    expect(proveDigest({ bytes: entry.bytes, digest }, entry.checksum)).toBe('proven');
    const small = await store.create('small', randomBytes(1_000));
    expect(proveDigest({ bytes: 1_000, digest: small.digest }, small.entry.checksum)).toBe('proven');
  });

  test('a copy in the same parts has the same ETag, although this server makes no checksum of it and has no archive', async () => {
    const { store, bucket } = await open();
    const { digest, entry } = await store.create('large', randomBytes(17 * mebibyte));
    for (const to of ['archive/first', 'archive/second']) {
      const copied = await store.copy('large', to, { partBytes: digest?.partBytes, archive: true });
      expect(copied).toMatchObject({ created: true, entry: { bytes: entry.bytes, etag: entry.etag } });
      expect(copied?.entry.storageClass).toBeUndefined();
    }
    expect((await minio.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
  });

  test('of two uploads in parts of one key one wins, and the other leaves nothing', async () => {
    const { store, bucket } = await open();
    const bodies = [randomBytes(12 * mebibyte), randomBytes(12 * mebibyte)];
    const answers = await Promise.all(bodies.map((body) => store.create('large', body)));
    const winner = answers.findIndex(({ created }) => created);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const there = Buffer.concat(await Array.fromAsync((await store.read('large')) ?? []));
    expect(there.equals(bodies[winner] ?? Buffer.alloc(0))).toBe(true);
    expect((await minio.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
  });

  test('wrong keys are denied', async () => {
    const identity = { accessKeyId: minio.accessKeyId, secretAccessKey: 'this-is-not-the-secret' };
    const { store } = await open({ identity });
    await expect(store.probe()).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    await expect(store.head('key')).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  });

  test('in a bucket with versions nothing of a removed object stays', async () => {
    const { store, bucket } = await open({}, { versions: true });
    for (const text of ['first', 'second']) {
      await store.create('key', Buffer.from(text));
      await store.remove('key');
    }
    expect(await minio.versionsBelow(bucket)).toEqual([]);
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
      const { ObjectLockMode } = await minio.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'kept' }));
      expect(ObjectLockMode).toBe('COMPLIANCE');
      expect((await Array.fromAsync(store.list(''))).map(({ key }) => key).sort()).toEqual(['kept', 'large']);
    },
  );

  test('rules by which a bucket removes objects are read, as far as they touch a folder', async () => {
    const { store, bucket } = await open();
    expect(await store.lifecycleRules?.()).toEqual([]);
    const rule = (ID: string, Prefix: string) =>
      ({ ID, Status: 'Enabled', Filter: { Prefix }, Expiration: { Days: 30 } }) as const;
    await minio.client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: [rule('ours', 'prod/'), rule('theirs', 'staging/')] },
      }),
    );
    const folder = below(store, 'prod/neo4j/nightly');
    expect(await folder.lifecycleRules?.()).toEqual([{ name: 'ours', prefixes: [''], does: 'removes' }]);
  });
});
