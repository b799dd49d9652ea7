import type { CompletedPart, StorageClass } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import { inFlight } from '../in-flight.ts';
import type { Copied, CopyOptions, StoredEntry } from '../object-store.ts';
import { headInBucket, headObject } from './s3-head.ts';
import { codeOf, isTaken, knowsNoClass, knowsNoConditions } from './s3-error.ts';
import { abandonUpload, completeUpload, startUpload } from './s3-multipart.ts';
import type { S3 } from './s3-client.ts';

/** Cheap to keep for 90 days and more, readable some hours after it was asked for. */
const archiveClass: StorageClass = 'GLACIER';

/** What a store has shown that it cannot do. */
export interface Lacks {
  archive: boolean;
  /** Parts that are copied get no checksum; their ETag is that of the original all the same. */
  checksumsOfCopies: boolean;
}

/**
 * Copies inside the store, into the archive class where it is wanted and the store has it. The copy has the same parts as the object, so
 * a checksum over parts stays the same; what was written elsewhere and exceeds the largest single copy gets parts of our own.
 */
export async function copyObject(
  s3: S3,
  { from, to }: { readonly from: string; readonly to: string },
  { signal, archive, partBytes, lacks }: CopyOptions & { readonly lacks: Lacks },
): Promise<Copied | undefined> {
  const source = await headObject(s3, from, signal);
  if (!source) return undefined;
  const before = await headInBucket(s3, to, signal);
  if (before) return { created: false, entry: before };
  const sized = copyPartBytes(source, partBytes);
  const copy = (storageClass: StorageClass | undefined): Promise<boolean> => {
    const wanted: Wanted = { source, to, ...(storageClass && { storageClass }) };
    return sized === undefined
      ? copyWhole(s3, wanted, signal)
      : withChecksums(lacks, (checksums) => copyParts(s3, { ...wanted, partBytes: sized, checksums }, signal));
  };
  const created = await inArchive(copy, archive === true, lacks);
  const entry = await headInBucket(s3, to, signal);
  if (entry) return { created, entry };
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${s3.place} does not show "${to}" right after it was copied; it is tried again`,
  );
}

interface Wanted {
  readonly source: StoredEntry;
  readonly to: string;
  readonly storageClass?: StorageClass;
}

const mebibyte = 1024 * 1024;
/** A copy beyond this takes long enough that connections without a byte are cut; the protocol's own limit is 5 GiB. */
const mostInOneCopy = 512 * mebibyte;
const mostParts = 10_000;
const copiesInFlight = 8;

/** The size of the parts to copy in; undefined for an object that goes in one piece. */
function copyPartBytes({ bytes }: StoredEntry, writtenIn: number | undefined): number | undefined {
  if (writtenIn !== undefined && bytes > writtenIn && bytes <= writtenIn * mostParts) return writtenIn;
  if (bytes <= mostInOneCopy) return undefined;
  return Math.max(mostInOneCopy, Math.ceil(bytes / mostParts / mebibyte) * mebibyte);
}

/** A store that has no such class is asked once. */
async function inArchive(
  copy: (storageClass: StorageClass | undefined) => Promise<boolean>,
  wanted: boolean,
  lacks: Lacks,
): Promise<boolean> {
  if (!wanted || lacks.archive) return copy(undefined);
  try {
    return await copy(archiveClass);
  } catch (error) {
    if (!(error instanceof BackupError) || !knowsNoClass(error.cause)) throw error;
    const created = await copy(undefined);
    lacks.archive = true;
    return created;
  }
}

/** Some servers make no checksum of a part that they copy, and refuse a part without one in an upload that was begun with it. */
async function withChecksums(lacks: Lacks, copy: (checksums: boolean) => Promise<boolean>): Promise<boolean> {
  if (lacks.checksumsOfCopies) return copy(false);
  try {
    return await copy(true);
  } catch (error) {
    if (!(error instanceof BackupError) || codeOf(error.cause) !== 'InvalidArgument') throw error;
    const created = await copy(false);
    lacks.checksumsOfCopies = true;
    return created;
  }
}

/** @returns false when the key was taken meanwhile */
async function copyWhole(
  s3: S3,
  { source, to, storageClass }: Wanted,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const copy = (condition: { IfNoneMatch?: string }): Promise<boolean> =>
    s3.call('CopyObject', signal, async (options) => {
      try {
        await s3.client.send(
          new s3.sdk.CopyObjectCommand({
            Bucket: s3.bucket,
            Key: to,
            CopySource: sourceOf(s3, source),
            ...(storageClass && { StorageClass: storageClass }),
            ...(s3.sendChecksums && { ChecksumAlgorithm: 'SHA256' }),
            ...condition,
          }),
          options,
        );
        return true;
      } catch (error) {
        if (isTaken(error)) return false;
        if (condition.IfNoneMatch !== undefined && knowsNoConditions(error)) return copy({});
        throw error;
      }
    });
  return copy({ IfNoneMatch: '*' });
}

/** @returns false when the key was taken meanwhile */
async function copyParts(
  s3: S3,
  {
    source,
    to,
    storageClass,
    partBytes,
    checksums,
  }: Wanted & { readonly partBytes: number; readonly checksums: boolean },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const uploadId = await startUpload(s3, to, signal, { checksums, ...(storageClass && { storageClass }) });
  let completed = false;
  try {
    const parts: CompletedPart[] = [];
    await inFlight(ranges(source.bytes, partBytes), { limit: copiesInFlight, signal }, async (range, partSignal) => {
      parts[range.number - 1] = await copyPart(s3, { source, to, uploadId, ...range }, partSignal);
    });
    completed = await completeUpload(s3, { key: to, uploadId, parts }, signal);
    return completed;
  } finally {
    if (!completed) await abandonUpload(s3, to, uploadId);
  }
}

interface PartCopy {
  readonly source: StoredEntry;
  readonly to: string;
  readonly uploadId: string;
  readonly number: number;
  readonly first: number;
  readonly last: number;
}

async function copyPart(s3: S3, part: PartCopy, signal: AbortSignal | undefined): Promise<CompletedPart> {
  const { source, to, uploadId, number, first, last } = part;
  const { CopyPartResult } = await s3.call('CopyObject', signal, (options) =>
    s3.client.send(
      new s3.sdk.UploadPartCopyCommand({
        Bucket: s3.bucket,
        Key: to,
        UploadId: uploadId,
        PartNumber: number,
        CopySource: sourceOf(s3, source),
        CopySourceRange: `bytes=${first}-${last}`,
        // Parts of two different contents must not make one copy.
        ...(source.etag !== undefined && { CopySourceIfMatch: source.etag }),
      }),
      options,
    ),
  );
  const { ETag, ChecksumSHA256 } = CopyPartResult ?? {};
  return {
    PartNumber: number,
    ...(ETag !== undefined && { ETag }),
    ...(ChecksumSHA256 !== undefined && { ChecksumSHA256 }),
  };
}

async function* ranges(
  bytes: number,
  partBytes: number,
): AsyncGenerator<{ number: number; first: number; last: number }> {
  for (let first = 0, number = 1; first < bytes; first += partBytes, number += 1)
    yield { number, first, last: Math.min(first + partBytes, bytes) - 1 };
}

/** The version that was looked at, where there are versions. */
function sourceOf(s3: S3, { key, versionId }: StoredEntry): string {
  const path = [s3.bucket, ...key.split('/')].map(encodeURIComponent).join('/');
  return versionId === undefined ? path : `${path}?versionId=${encodeURIComponent(versionId)}`;
}
