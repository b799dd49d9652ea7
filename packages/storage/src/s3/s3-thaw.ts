import type { Thawed, ThawOptions } from '../object-store.ts';
import { isMissing } from './s3-head.ts';
import { codeOf } from './s3-error.ts';
import type { S3 } from './s3-client.ts';

/**
 * Classes that are read only after a restore, which makes the object readable in its own place for some days:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
 */
const sleeping: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

export async function thawObject(
  s3: S3,
  key: string,
  { signal, days }: Pick<ThawOptions, 'signal' | 'days'>,
): Promise<Thawed | undefined> {
  const head = await s3.call('HeadObject', signal, async (options) => {
    try {
      return await s3.client.send(new s3.sdk.HeadObjectCommand({ Bucket: s3.bucket, Key: key }), options);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
  if (!head) return undefined;
  if (!sleeping.has(head.StorageClass ?? '')) return { state: 'Readable', key };
  const restored = restoredUntil(head.Restore);
  if (restored === 'under way') return { state: 'Coming' };
  if (restored) return { state: 'Readable', key, until: restored };
  await s3.call('RestoreObject', signal, async (options) => {
    const RestoreRequest = { Days: days, GlacierJobParameters: { Tier: 'Standard' as const } };
    try {
      await s3.client.send(new s3.sdk.RestoreObjectCommand({ Bucket: s3.bucket, Key: key, RestoreRequest }), options);
    } catch (error) {
      if (codeOf(error) !== 'RestoreAlreadyInProgress') throw error;
    }
  });
  return { state: 'Coming' };
}

/** Of the header `x-amz-restore`, such as `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`. */
function restoredUntil(restore: string | undefined): Date | 'under way' | undefined {
  if (restore === undefined) return undefined;
  if (/ongoing-request="true"/.test(restore)) return 'under way';
  const until = new Date(/expiry-date="([^"]+)"/.exec(restore)?.[1] ?? Number.NaN);
  return Number.isNaN(until.getTime()) ? undefined : until;
}
