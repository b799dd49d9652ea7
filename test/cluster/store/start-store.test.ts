import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openClusterClock, type ClusterClock } from '../clock/clock.ts';
import { slowDown } from './slow-down.ts';
import { startStore, type S3Store } from './start-store.ts';
import { keysAt } from './store-events.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-store-'));
const bucket = 'backups';
const day = 86_400_000;
let clock: ClusterClock;
let store: S3Store;
let s3: S3Client;

beforeAll(async () => {
  clock = openClusterClock(join(dir, 'clock.json'));
  store = await startStore({ dir, clock });
  await store.makeBucket(bucket);
  s3 = client(store.secretAccessKey);
});

afterEach(() => store.faults.clear());

afterAll(async () => {
  s3.destroy();
  await store.stop();
  rmSync(dir, { recursive: true });
});

test('of many simultaneous creates of one key exactly one wins', async () => {
  const tries = Array.from({ length: 8 }, (_, i) => put('once', `body ${i}`, { IfNoneMatch: '*' }));
  const results = await Promise.allSettled(tries);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const lost = results.find((result) => result.status === 'rejected');
  expect(lost?.reason).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
});

test('an object keeps the time of its writing when the clock jumps', async () => {
  clock.advance(3 * day);
  await put('old', 'x');
  const written = clock.now().getTime();
  clock.advance(30 * day);
  await put('new', 'x');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const age = (key: string) => Contents.find(({ Key }) => Key === key)?.LastModified?.getTime() ?? 0;
  expect(Math.abs(age('old') - written)).toBeLessThan(5_000);
  expect(Math.abs(age('new') - clock.now().getTime())).toBeLessThan(5_000);
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'old' }));
  expect(Math.abs((head.LastModified?.getTime() ?? 0) - written)).toBeLessThan(5_000);
  const copy = await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy', CopySource: `${bucket}/old` }));
  expect(Math.abs((copy.CopyObjectResult?.LastModified?.getTime() ?? 0) - clock.now().getTime())).toBeLessThan(5_000);
});

test('a large upload in parts comes back byte for byte, and by range', async () => {
  const piece = Buffer.alloc(1 << 20, 'holdfast');
  const pieces = () => Readable.from(Array.from({ length: 40 }, () => piece));
  await new Upload({
    client: s3,
    partSize: 8 << 20,
    params: { Bucket: bucket, Key: 'large', Body: pieces(), ChecksumAlgorithm: 'SHA256' },
  }).done();
  const whole = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'large' }));
  const hash = createHash('sha256');
  for await (const chunk of whole.Body as Readable) hash.update(chunk as Buffer);
  const expected = createHash('sha256');
  for await (const chunk of pieces()) expected.update(chunk as Buffer);
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
  const part = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'large', Range: 'bytes=8-15' }));
  expect(await part.Body?.transformToString()).toBe('holdfast');
});

test('a listing over several pages names every key once, whatever the alphabet', async () => {
  const keys = ['p/A', 'p/a', 'p/a-1', 'p/a/1', 'p/a.b', 'p/B', 'p/_', 'p/ä', 'p/z/1', 'p/z/2'];
  for (const key of keys) await put(key, 'x');
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: 'p/',
        MaxKeys: 3,
        ...(token && { ContinuationToken: token }),
      }),
    );
    found.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    token = page.NextContinuationToken;
  } while (token);
  expect(found).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  const top = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'p/', Delimiter: '/' }));
  expect(top.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['p/a/', 'p/z/']);
});

test('uploads that were never finished are listed and can be aborted', async () => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'u/never' }));
  clock.advance(2 * day);
  const open = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'u/' }));
  expect(open.Uploads?.map(({ Key }) => Key)).toEqual(['u/never']);
  expect(clock.now().getTime() - (open.Uploads?.[0]?.Initiated?.getTime() ?? 0)).toBeGreaterThan(day);
  await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'u/never', UploadId }));
  const after = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'u/' }));
  expect(after.Uploads ?? []).toEqual([]);
});

test('the diary tells what existed at any instant, deletions in batches too', async () => {
  await put('d/1', 'x');
  await put('d/2', 'xy');
  const between = clock.now();
  clock.advance(1_000);
  const Objects = [{ Key: 'd/1' }, { Key: 'd/2' }];
  await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  const events = await store.eventLog();
  const below = (at: Date) => [...keysAt(events, bucket, at)].filter((key) => key.startsWith('d/'));
  expect(below(between)).toEqual(['d/1', 'd/2']);
  expect(below(clock.now())).toEqual([]);
  expect(events.find(({ key }) => key === 'd/2')).toMatchObject({ operation: 'put', status: 200, bytes: 2 });
});

test('a wrong key or secret is refused as S3 does', async () => {
  const stranger = client('wrong');
  await expect(stranger.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  stranger.destroy();
});

test('faults act on the next matching requests only', async () => {
  store.faults.next(1, { kind: 'status', status: 503 }, ({ method }) => method === 'PUT');
  await expect(put('faulty', 'x')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  await put('faulty', 'x');
  store.faults.next(1, { kind: 'cutAfter' }, ({ method }) => method === 'PUT');
  await expect(put('written-unheard', 'x')).rejects.toThrow('socket hang up');
  await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'written-unheard' }));
  store.faults.next(1, { kind: 'truncate', bytes: 100 }, ({ method }) => method === 'GET');
  const cut = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'large' }));
  await expect(cut.Body?.transformToByteArray()).rejects.toThrow('aborted');
});

test('a store that is asked too often says so in the words of S3', async () => {
  store.faults.next(1, slowDown, ({ method }) => method === 'PUT');
  await expect(put('busy', 'x')).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
});

test('a store that is slow, cuts the connection, or never answers', async () => {
  const gets = ({ method }: { method: string }) => method === 'HEAD';
  const head = (abortSignal?: AbortSignal) =>
    s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'large' }), { ...(abortSignal && { abortSignal }) });
  store.faults.next(1, { kind: 'latency', ms: 300 }, gets);
  const began = performance.now();
  await head();
  expect(performance.now() - began).toBeGreaterThan(290);
  store.faults.next(1, { kind: 'cut' }, gets);
  await expect(head()).rejects.toThrow('socket hang up');
  store.faults.next(1, { kind: 'silence' }, gets);
  await expect(head(AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'AbortError' });
});

function client(secretAccessKey: string): S3Client {
  return new S3Client({
    endpoint: store.endpoint,
    region: store.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: store.accessKeyId, secretAccessKey },
  });
}

function put(key: string, body: string, more: { IfNoneMatch?: string } = {}): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
}
