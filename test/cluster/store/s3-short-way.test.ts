import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, piecesOf } from '../../../packages/storage/src/bytes.ts';
import { openClient, type S3 } from '../../../packages/storage/src/s3/s3-client.ts';
import { headInBucket } from '../../../packages/storage/src/s3/s3-head.ts';
import { listObjects } from '../../../packages/storage/src/s3/s3-list.ts';
import { readPage } from '../../../packages/storage/src/s3/s3-page.ts';
import { readObject } from '../../../packages/storage/src/s3/s3-read.ts';
import { removeObjects } from '../../../packages/storage/src/s3/s3-remove.ts';
import { crc32Of } from '../../../packages/storage/src/s3/s3-short-way.ts';
import { readRefusals, removalOf } from '../../../packages/storage/src/s3/s3-xml.ts';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Server } from './s3-server.ts';
import { startMinio, wantsMinio } from './start-minio.ts';

/** Where the short way were refused, the long way would still be right: so nothing but its own answer shows that it is gone. */
describe.skipIf(!wantsMinio('the short way of S3'))('a server that checks signatures and checksums', () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-short-'));
  const names = ['plain', 'with space', 'per%cent', 'a+b', 'ünï/çode', "quo'te", 'a&b', 'deep/er/still.backup'];
  let minio: S3Server;
  let s3: S3;

  beforeAll(async () => {
    minio = await startMinio({ dir, say: (line) => void process.stderr.write(`${line}\n`) });
    await minio.makeBucket('orders');
    for (const Key of names) await minio.client.send(new PutObjectCommand({ Bucket: 'orders', Key, Body: Key }));
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = minio;
    const place = { bucket: 'orders', region: 'us-east-1', endpointUrl, forcePathStyle: true };
    s3 = await openClient({ ...place, identity: { accessKeyId, secretAccessKey } });
  }, 1_800_000);
  afterAll(async () => {
    await minio?.stop();
    rmSync(dir, { recursive: true });
  });

  test('takes a page of a listing as the SDK would ask for it, and both read the same', async () => {
    const byTheSdk = await Array.fromAsync(listObjects(s3, '', undefined));
    const page = await s3.shortWay.ask(
      'ListObjectsV2',
      { query: { prefix: '' } },
      { read: readPage, signal: undefined },
    );
    expect(byTheSdk.map(({ key }) => key).toSorted()).toEqual(names.toSorted());
    expect(page?.objects).toEqual(byTheSdk);
  });

  test('gives a document, and the sum that it was written with', async () => {
    await collect((await readObject(s3, 'plain', { small: true })) ?? piecesOf(Buffer.alloc(0)));
    for (const key of names) {
      const read = (body: Buffer, headers: Readonly<Record<string, string>>) => ({
        body: body.toString(),
        sum: headers['x-amz-checksum-crc32'],
      });
      const answer = await s3.shortWay.ask('GetObject', { key }, { read, signal: undefined });
      expect(answer).toEqual({ body: key, sum: crc32Of(key) });
    }
  });

  test('tells of an object what it tells the SDK, locks included', async () => {
    await minio.makeBucket('locked', { locks: true });
    const until = new Date(Date.now() + 3_600_000);
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until } as const;
    for (const Key of names)
      await minio.client.send(new PutObjectCommand({ Bucket: 'locked', Key, Body: Key, ...lock }));
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = minio;
    const place = { bucket: 'locked', region: 'us-east-1', endpointUrl, forcePathStyle: true };
    const config = { ...place, identity: { accessKeyId, secretAccessKey } };
    const short = await openClient(config);
    await headInBucket(short, 'plain', undefined);
    short.client.send = () => Promise.reject(new Error('the SDK was asked'));
    for (const key of names) {
      const long = await headInBucket(await openClient(config), key, undefined);
      expect(long?.lock?.until?.getTime()).toBeGreaterThan(Date.now());
      expect(await headInBucket(short, key, undefined)).toEqual(long);
    }
  });

  test('takes a batch of removals', async () => {
    const versions = async () => 'none' as const;
    await removeObjects(s3, ['nothing'], { versions, signal: undefined });
    const body = removalOf(names.map((Key) => ({ Key })));
    expect(await s3.shortWay.ask('DeleteObjects', { body }, { read: readRefusals, signal: undefined })).toEqual([]);
    expect(await Array.fromAsync(listObjects(s3, '', undefined))).toEqual([]);
  });
});
