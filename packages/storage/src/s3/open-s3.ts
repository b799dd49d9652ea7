import { randomUUID } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { requireKey, requirePrefix } from '../keys.ts';
import type { ObjectStore } from '../object-store.ts';
import { openClient, type S3, type S3Config } from './s3-client.ts';
import { copyObject, type Lacks } from './s3-copy.ts';
import { createObject } from './s3-create.ts';
import { headObject } from './s3-head.ts';
import { lifecycleRules } from './s3-lifecycle.ts';
import { listObjects } from './s3-list.ts';
import { abortUpload, startUpload } from './s3-multipart.ts';
import { readObject } from './s3-read.ts';
import { removeObjects } from './s3-remove.ts';
import { abortStaleUploads } from './s3-stale-uploads.ts';
import { thawObject } from './s3-thaw.ts';
import { versioning } from './s3-versions.ts';

/** A bucket of S3 or of a store that speaks its protocol. Loads the SDK only when it is called. */
export async function openS3(config: S3Config): Promise<ObjectStore> {
  const s3 = await openClient(config);
  const { place } = s3;
  const versions = versioning(s3);
  const lacks: Lacks = { archive: false, checksumsOfCopies: false };
  return {
    place,
    list: (prefix, signal) => listObjects(s3, requirePrefix(prefix, place), signal),
    head: async (key, signal) => headObject(s3, requireKey(key, place), signal),
    read: async (key, options = {}) => readObject(s3, requireKey(key, place), options),
    create: async (key, body, options = {}) => createObject(s3, requireKey(key, place), body, options),
    copy: async (from, to, options = {}) =>
      copyObject(s3, { from: requireKey(from, place), to: requireKey(to, place) }, { ...options, lacks }),
    async remove(key, signal) {
      const [removal] = await removeObjects(s3, [requireKey(key, place)], { versions, signal });
      if (removal?.error) throw removal.error;
    },
    removeMany: async (keys, signal) =>
      removeObjects(
        s3,
        keys.map((key) => requireKey(key, place)),
        { versions, signal },
      ),
    probe: (signal, prefix = '') => probe(s3, prefix, signal),
    now: (signal, prefix = '') => storeNow(s3, prefix, signal),
    abortStaleUploads: (prefix, olderThan, signal) =>
      abortStaleUploads(s3, requirePrefix(prefix, place), { olderThan, signal }),
    thaw: async (key, options) => thawObject(s3, requireKey(key, place), options),
    lifecycleRules: (signal) => lifecycleRules(s3, signal),
  };
}

/** An upload that is started and aborted proves the permission to write and leaves nothing, on write-once buckets too. */
async function probe(s3: S3, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  await storeNow(s3, prefix, signal);
  const key = `${prefix}.probe-${randomUUID()}`;
  await abortUpload(s3, key, await startUpload(s3, key, signal), signal);
}

/** The `Date` of an answer to the smallest listing there is. */
async function storeNow(s3: S3, prefix: string, signal: AbortSignal | undefined): Promise<Date> {
  let date: string | undefined;
  const command = new s3.sdk.ListObjectsV2Command({
    Bucket: s3.bucket,
    Prefix: requirePrefix(prefix, s3.place),
    MaxKeys: 1,
  });
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = dateOf(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'holdfastDate' },
  );
  await s3.call('ListObjectsV2', signal, (options) => s3.client.send(command, options));
  const now = new Date(date ?? Number.NaN);
  if (!Number.isNaN(now.getTime())) return now;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${s3.place} answers without a usable Date; look at what stands between it and us`,
  );
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const headers: unknown = response.headers;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}
