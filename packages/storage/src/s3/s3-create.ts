import { BackupError } from '@holdfast/types';
import type { Created, CreateOptions } from '../object-store.ts';
import { digestOfParts, inParts, partBytesFor, type ContentDigest, type Part } from '../parts.ts';
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
  { signal, sizeHint }: CreateOptions,
): Promise<Created> {
  const before = await headInBucket(s3, key, signal);
  if (before) return { created: false, entry: before };
  const partBytes = s3.partBytes ?? partBytesFor(body, sizeHint);
  const digest = await upload(s3, key, { parts: inParts(body, partBytes), partBytes }, signal);
  const entry = await headInBucket(s3, key, signal);
  if (!entry)
    throw new BackupError(
      'StorageUnreachable',
      'transient',
      `${s3.place} does not show "${key}" right after it was written; it is tried again`,
    );
  return digest ? { created: true, entry, digest } : { created: false, entry };
}

interface Upload {
  readonly parts: AsyncGenerator<Part, undefined>;
  readonly partBytes: number;
}

/**
 * What fits into one part goes as one request.
 * @returns undefined when the key was taken meanwhile
 */
async function upload(
  s3: S3,
  key: string,
  { parts, partBytes }: Upload,
  signal: AbortSignal | undefined,
): Promise<ContentDigest | undefined> {
  try {
    const first = await s3.call('PutObject', signal, async () => parts.next());
    const second = first.done ? first : await s3.call('PutObject', signal, async () => parts.next());
    if (!first.done && !second.done) {
      const digests = await uploadParts(
        s3,
        key,
        { parts: again([first.value, second.value], parts), partBytes },
        signal,
      );
      return digests && digestOfParts(digests, partBytes);
    }
    const digest = digestOfParts(first.done ? [] : [first.value.sha256], partBytes);
    const written = await putObject(s3, key, { body: first.value?.bytes ?? new Uint8Array(), digest }, signal);
    return written ? digest : undefined;
  } finally {
    await parts.return(undefined);
  }
}

async function putObject(
  s3: S3,
  key: string,
  { body, digest }: { body: Uint8Array; digest: ContentDigest },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  // Without the algorithm beside it, servers ignore a checksum that was computed beforehand.
  const checksum = s3.sendChecksums
    ? { ChecksumAlgorithm: 'SHA256' as const, ChecksumSHA256: Buffer.from(digest.value, 'hex').toString('base64') }
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

async function* again(taken: readonly Part[], rest: AsyncIterable<Part>): AsyncIterable<Part> {
  yield* taken;
  yield* rest;
}
