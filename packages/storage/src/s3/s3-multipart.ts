import type { CompletedPart, StorageClass } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import { inFlight } from '../in-flight.ts';
import { partsInFlight, type Part } from '../parts.ts';
import { isTaken, knowsNoConditions } from './s3-error.ts';
import type { S3 } from './s3-client.ts';

/**
 * Uploads parts, some at a time while the next one is read, and completes them only where the key is still free. Whatever goes
 * wrong, the upload is aborted, because stores charge for parts that nobody sees.
 * @returns the digests of the parts; undefined when the key was taken meanwhile
 */
export async function uploadParts(
  s3: S3,
  key: string,
  body: { readonly parts: AsyncIterable<Part>; readonly partBytes: number },
  signal: AbortSignal | undefined,
): Promise<Buffer[] | undefined> {
  const uploadId = await startUpload(s3, key, signal);
  let completed = false;
  try {
    const sent: { completed: CompletedPart; sha256: Buffer }[] = [];
    const limit = partsInFlight(body.partBytes);
    await s3.call('MultipartUpload', signal, () =>
      inFlight(body.parts, { limit, signal }, async (part, partSignal) => {
        requirePartNumber(s3, part.number, body.partBytes);
        sent[part.number - 1] = {
          completed: await uploadPart(s3, { key, uploadId, part }, partSignal),
          sha256: part.sha256,
        };
        part.release();
      }),
    );
    const parts = sent.map((part) => part.completed);
    completed = await completeUpload(s3, { key, uploadId, parts }, signal);
    return completed ? sent.map(({ sha256 }) => sha256) : undefined;
  } finally {
    if (!completed) await abandonUpload(s3, key, uploadId);
  }
}

/** Starts an upload and answers its id. */
export async function startUpload(
  s3: S3,
  key: string,
  signal: AbortSignal | undefined,
  { checksums = true, storageClass }: { readonly checksums?: boolean; readonly storageClass?: StorageClass } = {},
): Promise<string> {
  const { UploadId } = await s3.call('MultipartUpload', signal, (options) =>
    s3.client.send(
      new s3.sdk.CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: key,
        ...(s3.sendChecksums && checksums && { ChecksumAlgorithm: 'SHA256' }),
        ...(storageClass && { StorageClass: storageClass }),
      }),
      options,
    ),
  );
  if (UploadId !== undefined) return UploadId;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${s3.place} started an upload without naming it; it is tried again`,
  );
}

/** Aborts an upload; one that is gone already is fine. */
export async function abortUpload(
  s3: S3,
  key: string,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await s3.call('AbortMultipartUpload', signal, async (options) => {
    try {
      await s3.client.send(
        new s3.sdk.AbortMultipartUploadCommand({ Bucket: s3.bucket, Key: key, UploadId: uploadId }),
        options,
      );
    } catch (error) {
      if (!(error instanceof s3.sdk.NoSuchUpload)) throw error;
    }
  });
}

/** Aborts what came to nothing, without the caller's signal: it may be what ended it. What stays is found by `abortStaleUploads`. */
export async function abandonUpload(s3: S3, key: string, uploadId: string): Promise<void> {
  await abortUpload(s3, key, uploadId, AbortSignal.timeout(abortTimeoutMs)).catch(() => undefined);
}

const abortTimeoutMs = 10_000;
const mostParts = 10_000;

async function uploadPart(
  s3: S3,
  { key, uploadId, part }: { key: string; uploadId: string; part: Part },
  signal: AbortSignal | undefined,
): Promise<CompletedPart> {
  const checksum = s3.sendChecksums ? { ChecksumSHA256: part.sha256.toString('base64') } : undefined;
  const { ETag } = await s3.call('MultipartUpload', signal, (options) =>
    s3.client.send(
      new s3.sdk.UploadPartCommand({
        Bucket: s3.bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: part.number,
        Body: part.bytes,
        ContentLength: part.bytes.length,
        ...(checksum && { ChecksumAlgorithm: 'SHA256', ...checksum }),
      }),
      options,
    ),
  );
  return { PartNumber: part.number, ...(ETag !== undefined && { ETag }), ...checksum };
}

export interface Completion {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: CompletedPart[];
}

/** Completes an upload where its key is still free; false when it was taken. */
export function completeUpload(s3: S3, upload: Completion, signal: AbortSignal | undefined): Promise<boolean> {
  return complete(s3, { ...upload, condition: { IfNoneMatch: '*' } }, signal);
}

async function complete(
  s3: S3,
  upload: Completion & { readonly condition: { readonly IfNoneMatch?: string } },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return s3.call('MultipartUpload', signal, async (options) => {
    try {
      await s3.client.send(
        new s3.sdk.CompleteMultipartUploadCommand({
          Bucket: s3.bucket,
          Key: upload.key,
          UploadId: upload.uploadId,
          MultipartUpload: { Parts: upload.parts },
          ...upload.condition,
        }),
        options,
      );
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      if (upload.condition.IfNoneMatch !== undefined && knowsNoConditions(error))
        return complete(s3, { ...upload, condition: {} }, signal);
      throw error;
    }
  });
}

function requirePartNumber(s3: S3, number: number, partBytes: number): void {
  if (number <= mostParts) return;
  throw new BackupError(
    'StoreSpace',
    'terminal',
    `${s3.place} takes at most ${mostParts} parts, which is ${mostParts * partBytes} bytes here; the body is larger than was said beforehand`,
  );
}
