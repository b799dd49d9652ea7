import { createHash } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { hashed } from '../bytes.ts';
import type { Created } from '../object-store.ts';
import { uploadParts } from './s3-multipart.ts';
import { isTaken, knowsNoConditions } from './s3-error.ts';
import { headInBucket } from './s3-head.ts';
import type { S3 } from './s3-client.ts';

/**
 * Writes once. The store itself decides (`If-None-Match: *`); the look beforehand spares an upload in vain, and keeps stores
 * that ignore the condition from overwriting.
 */
export async function createObject(
  s3: S3,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Created> {
  const before = await headInBucket(s3, key, signal);
  if (before) return { created: false, entry: before };
  const { pieces, hash } = hashed(body);
  const created = await upload(s3, key, chunks(pieces, s3.partBytes), signal);
  const entry = await headInBucket(s3, key, signal);
  if (!entry)
    throw new BackupError(
      'StorageUnreachable',
      'transient',
      `${s3.place} does not show "${key}" right after it was written; it is tried again`,
    );
  return created ? { created, entry, sha256: hash.digest('hex') } : { created, entry };
}

/** What fits into one part goes as one request. */
async function upload(
  s3: S3,
  key: string,
  parts: AsyncGenerator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const first = await s3.call('PutObject', signal, async () => parts.next());
    const second = first.done ? first : await s3.call('PutObject', signal, async () => parts.next());
    if (second.done) return await putObject(s3, key, first.done ? new Uint8Array() : first.value, signal);
    return await uploadParts(s3, key, again([first.value, second.value], parts), signal);
  } finally {
    await parts.return(undefined);
  }
}

async function putObject(s3: S3, key: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<boolean> {
  // Without the algorithm beside it, servers ignore a checksum that was computed beforehand.
  const checksum = s3.sendChecksums
    ? { ChecksumAlgorithm: 'SHA256' as const, ChecksumSHA256: createHash('sha256').update(body).digest('base64') }
    : {};
  const put = (condition: { IfNoneMatch?: string }): Promise<boolean> =>
    s3.call('PutObject', signal, async (options) => {
      try {
        await s3.client.send(
          new s3.sdk.PutObjectCommand({
            Bucket: s3.bucket,
            Key: key,
            Body: body,
            ContentLength: body.length,
            ...checksum,
            ...condition,
          }),
          options,
        );
        return true;
      } catch (error) {
        if (isTaken(error)) return false;
        if (condition.IfNoneMatch !== undefined && knowsNoConditions(error)) return put({});
        throw error;
      }
    });
  return put({ IfNoneMatch: '*' });
}

/** Pieces of any size as pieces of one size, the last one smaller. */
async function* chunks(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + size - bytes);
      waiting.push(taken);
      bytes += taken.length;
      at += taken.length;
      if (bytes < size) continue;
      yield Buffer.concat(waiting, bytes);
      [waiting, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}

async function* again(taken: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* taken;
  yield* rest;
}
