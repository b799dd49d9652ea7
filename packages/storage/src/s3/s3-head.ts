import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Lock, StoredEntry } from '../object-store.ts';
import { codeOf, statusOf } from './s3-error.ts';
import type { S3 } from './s3-client.ts';

/** @throws BackupError `BucketMissing` where not just the object is missing: HEAD answers both with a bare 404 */
export async function headObject(
  s3: S3,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredEntry | undefined> {
  const entry = await headInBucket(s3, key, signal);
  if (entry === undefined) await requireBucket(s3, signal);
  return entry;
}

/** As `headObject` where something else will notice that the bucket is missing. */
export async function headInBucket(
  s3: S3,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredEntry | undefined> {
  const read = (_body: Buffer, headers: Headers) => entryIn(key, headers);
  const entry = await s3.shortWay.ask('HeadObject', { key }, { read, signal });
  if (entry) return entry;
  return s3.call('HeadObject', signal, async (options) => {
    try {
      const command = new s3.sdk.HeadObjectCommand({
        Bucket: s3.bucket,
        Key: key,
        ...(s3.sendChecksums && { ChecksumMode: 'ENABLED' }),
      });
      s3.shortWay.learn('HeadObject', command, key);
      const head = await s3.client.send(command, options);
      return { key, bytes: head.ContentLength ?? 0, modifiedAt: head.LastModified ?? new Date(0), ...identityOf(head) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      // The answer to HEAD has no body that would name a wrong region or an expired token.
      if (statusOf(error) === 400) await askForAName(s3, options);
      throw error;
    }
  });
}

type Head = Omit<HeadObjectCommandOutput, '$metadata'>;
type Headers = Readonly<Record<string, string | undefined>>;

/** What the SDK would make of an answer without it; undefined for one that lacks what every answer has, or has what is no date. */
function entryIn(key: string, headers: Headers): StoredEntry | undefined {
  const bytes = Number(headers['content-length'] ?? Number.NaN);
  const modifiedAt = new Date(headers['last-modified'] ?? Number.NaN);
  const lockedUntil = headers['x-amz-object-lock-retain-until-date'];
  const until = new Date(lockedUntil ?? 0);
  if (Number.isNaN(bytes) || Number.isNaN(modifiedAt.getTime()) || Number.isNaN(until.getTime())) return undefined;
  const identity = identityOf({
    ETag: headers['etag'],
    VersionId: headers['x-amz-version-id'],
    ChecksumSHA256: headers['x-amz-checksum-sha256'],
    ChecksumCRC64NVME: headers['x-amz-checksum-crc64nvme'],
    ChecksumSHA1: headers['x-amz-checksum-sha1'],
    ChecksumCRC32C: headers['x-amz-checksum-crc32c'],
    ChecksumCRC32: headers['x-amz-checksum-crc32'],
    StorageClass: headers['x-amz-storage-class'] as Head['StorageClass'],
    ObjectLockLegalHoldStatus: headers['x-amz-object-lock-legal-hold'] as Head['ObjectLockLegalHoldStatus'],
    ObjectLockRetainUntilDate: lockedUntil === undefined ? undefined : until,
  });
  return { key, bytes, modifiedAt, ...identity };
}

/** Whether an answer says that this object does not exist; any other trouble is trouble. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'NoSuchKey' || (statusOf(error) === 404 && (code === 'NotFound' || code === 'Unknown'));
}

async function requireBucket(s3: S3, signal: AbortSignal | undefined): Promise<void> {
  await s3.call('HeadBucket', signal, async (options) => {
    try {
      await s3.client.send(new s3.sdk.HeadBucketCommand({ Bucket: s3.bucket }), options);
    } catch (error) {
      // Some may read objects without being allowed to look at the bucket; the object's own 404 stands then.
      if (statusOf(error) === 403) return;
      if (statusOf(error) === 404) {
        await askForAName(s3, options); // some stores do not find the one who asks
        throw Object.assign(new Error('NoSuchBucket', { cause: error }), { Code: 'NoSuchBucket' });
      }
      throw error;
    }
  });
}

/** The smallest listing: where it fails, its answer has a body with the store's own word for what is wrong. */
async function askForAName(s3: S3, options: { abortSignal?: AbortSignal }): Promise<void> {
  await s3.client.send(new s3.sdk.ListObjectsV2Command({ Bucket: s3.bucket, MaxKeys: 1 }), options).catch(throwNamed);
}

/** Whether someone may list is not what was asked. */
function throwNamed(error: unknown): void {
  if (statusOf(error) !== 403) throw error;
}

/** A store tells of locks only those who may read them: `s3:GetObjectRetention` and `s3:GetObjectLegalHold`. */
export function lockIn(head: Pick<Head, 'ObjectLockLegalHoldStatus' | 'ObjectLockRetainUntilDate'>): Lock | undefined {
  if (head.ObjectLockLegalHoldStatus === 'ON') return { by: 'a legal hold' };
  const until = head.ObjectLockRetainUntilDate;
  return until && { by: 'Object Lock', until };
}

function identityOf(head: Head): Partial<StoredEntry> {
  const checksum = checksumOf(head);
  const lock = lockIn(head);
  return {
    ...(head.ETag !== undefined && { etag: head.ETag }),
    ...(head.VersionId !== undefined && head.VersionId !== 'null' && { versionId: head.VersionId }),
    ...(checksum !== undefined && { checksum }),
    // The usual class is not named, not even where a store names it.
    ...(head.StorageClass !== undefined && head.StorageClass !== 'STANDARD' && { storageClass: head.StorageClass }),
    ...(lock && { lock }),
  };
}

/** The strongest checksum that the store keeps. */
function checksumOf(head: Head): string | undefined {
  const known = [
    ['sha256', head.ChecksumSHA256],
    ['crc64nvme', head.ChecksumCRC64NVME],
    ['sha1', head.ChecksumSHA1],
    ['crc32c', head.ChecksumCRC32C],
    ['crc32', head.ChecksumCRC32],
  ] as const;
  const found = known.find(([, value]) => value !== undefined);
  return found && `${found[0]}:${found[1]}`;
}
