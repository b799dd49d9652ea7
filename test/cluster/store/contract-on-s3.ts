import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { below, openS3, type S3Config } from '@holdfast/storage';
import { objectStoreContract, storeNamed } from '@holdfast/storage/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BucketOptions, S3Server, ServerOptions } from './s3-server.ts';

const mebibyte = 1024 * 1024;

/** In what servers differ beside the contract. */
interface Ways {
  /** Whether a signature for another region is refused. */
  readonly looksAtRegions?: boolean;
  /** How checksums are sent to buckets that lock. */
  readonly locksIn?: readonly ('WhenSupported' | 'WhenRequired')[];
  /** Whether a lock of the bucket also locks what was written in parts. */
  readonly locksParts?: boolean;
  /** Whether a bucket can remove objects by rules of its own. */
  readonly hasRules?: boolean;
}

/** Plays the contract of a store, and what only S3 has, on a server that it starts and stops. */
export function contractOnS3(
  name: 'MinIO' | 'versitygw' | 'moto',
  start: (options: ServerOptions) => Promise<S3Server>,
  {
    looksAtRegions = false,
    locksIn = ['WhenSupported', 'WhenRequired'],
    locksParts = true,
    hasRules = true,
  }: Ways = {},
): void {
  const { lacks = {} } = storeNamed(name);
  let dir: string;
  let server: S3Server;
  let buckets = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), `holdfast-${name.toLowerCase()}-`));
    server = await start({ dir, say: (line) => void process.stderr.write(`${line}\n`) });
  }, 1_800_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true });
  });

  const open = async (config: Partial<S3Config> = {}, kind: BucketOptions = {}) => {
    const bucket = config.bucket ?? `bucket-${(buckets += 1)}`;
    if (config.bucket === undefined) await server.makeBucket(bucket, kind);
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = server;
    const place = { bucket, region: 'us-east-1', endpointUrl, forcePathStyle: true };
    const identity = { accessKeyId, secretAccessKey };
    const store = await openS3({ ...place, identity, checksumMode: 'WhenSupported', requestAttempts: 1, ...config });
    return { store, bucket };
  };
  const opening = async (...given: Parameters<typeof open>) => ({
    store: (await open(...given)).store,
    close: async () => undefined,
  });
  const wrongKeys = async () => {
    const identity = { accessKeyId: server.accessKeyId, secretAccessKey: 'this-is-not-the-secret' };
    return { store: (await open({ identity })).store, hush: [identity.secretAccessKey, /Signature=\w/] };
  };
  const missing = async () => (await open({ bucket: 'nobody-made-this' })).store;

  objectStoreContract(name, () => opening(), { strangers: { wrongKeys, missing } });
  objectStoreContract(`${name} without the newer checksums`, () => opening({ checksumMode: 'WhenRequired' }));
  objectStoreContract(`${name} with versions`, () => opening({}, { versions: true }));

  test('in a bucket with versions nothing of a removed object stays', async () => {
    const { store, bucket } = await open({}, { versions: true });
    for (const text of ['first', 'second']) {
      await store.create('key', Buffer.from(text));
      await store.remove('key');
    }
    expect(await server.versionsBelow(bucket)).toEqual([]);
  });

  test.each([
    ['a copy', lacks.copyOnce === undefined, copyOver],
    ['the end of an upload in parts', true, completeOver],
  ])('whether %s heeds the condition that nothing is there is as the record says', async (_, heeds, over) => {
    const { bucket } = await open();
    for (const Key of ['from', 'to'])
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
    const refused = await over(server.client, bucket).then(
      () => undefined,
      ({ name: code }: Error) => code,
    );
    expect(refused).toBe(heeds ? 'PreconditionFailed' : undefined);
  });

  test('an access key that nobody has is denied, as a wrong secret is', async () => {
    const identity = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'this-is-not-the-secret' };
    const { store } = await open({ identity });
    for (const call of [() => store.probe(), () => store.head('key'), () => store.create('key', Buffer.from('x'))])
      await expect(call()).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  });

  test(`a wrong region ${looksAtRegions ? 'waits for a person, for every call' : 'does not matter'}`, async () => {
    const { store } = await open({ region: 'eu-north-1' });
    const calls = [() => store.probe(), () => store.head('key'), () => store.create('key', Buffer.from('x'))];
    for (const call of calls)
      if (looksAtRegions)
        await expect(call()).rejects.toMatchObject({ reason: 'StorageUnreachable', fate: 'terminal' });
      else await call();
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

  test('rules by which a bucket removes objects are read, as far as they touch a folder', async () => {
    const { store, bucket } = await open();
    expect(await store.lifecycleRules?.()).toEqual([]);
    if (!hasRules) return; // it knows none
    const rule = (ID: string, Prefix: string) =>
      ({ ID, Status: 'Enabled', Filter: { Prefix }, Expiration: { Days: 30 } }) as const;
    const LifecycleConfiguration = { Rules: [rule('ours', 'prod/'), rule('theirs', 'staging/')] };
    await server.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
    const folder = below(store, 'prod/neo4j/nightly');
    expect(await folder.lifecycleRules?.()).toEqual([{ name: 'ours', prefixes: [''], does: 'removes' }]);
  });

  test.each(locksIn)(
    'in a bucket that locks, %s, an object can be written once, cannot be removed, and the refusal has its name',
    async (checksumMode) => {
      const { store } = await open({ checksumMode }, { lockDays: 1 });
      await store.probe();
      const kept = locksParts ? ['kept', 'large'] : ['kept'];
      for (const key of kept) await store.create(key, randomBytes(key === 'large' ? 9 * mebibyte : 1));
      expect((await store.create('kept', Buffer.from('y'))).created).toBe(false);
      const removals = await store.removeMany([...kept, 'absent']);
      expect(removals.map(({ key, error }) => [key, error?.reason])).toEqual([
        ...kept.map((key) => [key, 'ObjectLocked']),
        ['absent', undefined],
      ]);
      await expect(store.remove('kept')).rejects.toMatchObject({ reason: 'ObjectLocked', fate: 'terminal' });
      expect((await Array.fromAsync(store.list(''))).map(({ key }) => key).sort()).toEqual(kept);
    },
  );
}

/** Writes over what is there, which the condition forbids. */
async function copyOver(client: S3Client, Bucket: string): Promise<void> {
  await client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, IfNoneMatch: '*' }));
}

async function completeOver(client: S3Client, Bucket: string): Promise<void> {
  const upload = { Bucket, Key: 'to' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'other' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload, IfNoneMatch: '*' }));
}
