import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import { isTaken, knowsNoConditions } from './s3-error.ts';
import type { S3 } from './s3-client.ts';

/**
 * Uploads parts one after the other and completes them only where the key is still free. Whatever goes wrong, the upload is
 * aborted, because stores charge for parts that nobody sees.
 */
export async function uploadParts(
  s3: S3,
  key: string,
  bodies: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const uploadId = await startUpload(s3, key, signal);
  let completed = false;
  try {
    const parts: CompletedPart[] = [];
    await s3.call('MultipartUpload', signal, async () => {
      for await (const body of bodies)
        parts.push(
          await uploadPart(s3, { key, uploadId, body, number: requirePartNumber(s3, parts.length + 1) }, signal),
        );
    });
    completed = await complete(s3, { key, uploadId, parts, condition: { IfNoneMatch: '*' } }, signal);
    return completed;
  } finally {
    // Without the caller's signal: it may be what ended the upload. What stays is found by `abortStaleUploads`.
    if (!completed) await abortUpload(s3, key, uploadId, AbortSignal.timeout(abortTimeoutMs)).catch(() => undefined);
  }
}

/** Starts an upload and answers its id. */
export async function startUpload(s3: S3, key: string, signal: AbortSignal | undefined): Promise<string> {
  const { UploadId } = await s3.call('MultipartUpload', signal, (options) =>
    s3.client.send(
      new s3.sdk.CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: key,
        ...(s3.sendChecksums && { ChecksumAlgorithm: 'SHA256' }),
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

const abortTimeoutMs = 10_000;
const mostParts = 10_000;

interface Part {
  readonly key: string;
  readonly uploadId: string;
  readonly body: Uint8Array;
  readonly number: number;
}

async function uploadPart(
  s3: S3,
  { key, uploadId, body, number }: Part,
  signal: AbortSignal | undefined,
): Promise<CompletedPart> {
  const ChecksumSHA256 = s3.sendChecksums ? createHash('sha256').update(body).digest('base64') : undefined;
  const checksum = ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 };
  const { ETag } = await s3.call('MultipartUpload', signal, (options) =>
    s3.client.send(
      new s3.sdk.UploadPartCommand({
        Bucket: s3.bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ...(ChecksumSHA256 !== undefined && { ChecksumAlgorithm: 'SHA256' }),
        ...checksum,
      }),
      options,
    ),
  );
  return { PartNumber: number, ...(ETag !== undefined && { ETag }), ...checksum };
}

interface Completion {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: CompletedPart[];
  readonly condition: { readonly IfNoneMatch?: string };
}

async function complete(s3: S3, upload: Completion, signal: AbortSignal | undefined): Promise<boolean> {
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

function requirePartNumber(s3: S3, number: number): number {
  if (number <= mostParts) return number;
  throw new BackupError(
    'StoreSpace',
    'terminal',
    `${s3.place} takes at most ${mostParts} parts, which is ${mostParts * s3.partBytes} bytes here; use larger parts`,
  );
}
