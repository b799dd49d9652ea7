import type { ObjectIdentifier } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import { headInBucket } from './s3-head.ts';
import { codeOf, statusOf } from './s3-error.ts';
import type { S3 } from './s3-client.ts';

/** What is known of a bucket's versioning: the store may not tell, or we may not ask. */
export type Versions = () => Promise<'none' | 'listed' | 'newestOnly'>;

/** Asks once for the life of a store; an answer that failed is asked for again. */
export function versioning(s3: S3): Versions {
  let answer: Promise<'none' | 'listed' | 'newestOnly'> | undefined;
  return () => {
    answer ??= askForVersioning(s3).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

/**
 * What has to be removed so that keys are really gone. Removing a key of a versioned bucket frees nothing: it only hides the
 * object behind a marker, so there every version and marker of the key is named.
 */
export async function versionsOf(
  s3: S3,
  keys: readonly string[],
  options: { versions: Versions; signal: AbortSignal | undefined },
): Promise<ObjectIdentifier[]> {
  const known = await options.versions();
  if (known === 'none') return keys.map((Key) => ({ Key }));
  const found: ObjectIdentifier[] = [];
  await eachOf(keys, { limit: keysInFlight, signal: options.signal }, async (key) => {
    found.push(
      ...(known === 'listed'
        ? await listVersions(s3, key, options.signal)
        : await newestVersion(s3, key, options.signal)),
    );
  });
  return found;
}

const keysInFlight = 16;

async function askForVersioning(s3: S3): Promise<'none' | 'listed' | 'newestOnly'> {
  return s3.call('GetBucketVersioning', AbortSignal.timeout(answerWithinMs), async (options) => {
    try {
      const { Status } = await s3.client.send(new s3.sdk.GetBucketVersioningCommand({ Bucket: s3.bucket }), options);
      return Status === undefined ? 'none' : 'listed';
    } catch (error) {
      const status = statusOf(error) ?? 0;
      // Not allowed to ask, or a store that has no versions at all: each object tells its own version.
      if (status !== 404 && status >= 400 && status !== 408 && status !== 429 && (status < 500 || status === 501))
        return 'newestOnly';
      if (status === 404 && codeOf(error) !== 'NoSuchBucket') return 'newestOnly';
      throw error;
    }
  });
}

const answerWithinMs = 30_000;

async function newestVersion(s3: S3, key: string, signal: AbortSignal | undefined): Promise<ObjectIdentifier[]> {
  const entry = await headInBucket(s3, key, signal);
  return entry ? [{ Key: key, ...(entry.versionId !== undefined && { VersionId: entry.versionId }) }] : [];
}

async function listVersions(s3: S3, key: string, signal: AbortSignal | undefined): Promise<ObjectIdentifier[]> {
  const found: ObjectIdentifier[] = [];
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (from) {
    const markers: { KeyMarker?: string; VersionIdMarker?: string } = from;
    const page = await s3.call('ListObjectVersions', signal, (options) =>
      s3.client.send(new s3.sdk.ListObjectVersionsCommand({ Bucket: s3.bucket, Prefix: key, ...markers }), options),
    );
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    for (const { Key, VersionId } of all)
      if (Key === key) found.push({ Key: key, ...(VersionId !== undefined && { VersionId }) });
    // The key itself is the first of all keys that begin with it.
    const more = page.IsTruncated === true && all.every(({ Key }) => Key === key);
    if (more && page.NextKeyMarker === undefined)
      throw new BackupError(
        'StorageUnreachable',
        'transient',
        `${s3.place} cut its list of versions short; it is tried again`,
      );
    from = more
      ? {
          ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
          ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
        }
      : undefined;
  }
  return found;
}
