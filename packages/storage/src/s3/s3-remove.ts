import type { ObjectIdentifier } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { Removal } from '../object-store.ts';
import { removeInBatches } from '../remove-in-batches.ts';
import { codeError, codeOf, statusOf } from './s3-error.ts';
import type { S3 } from './s3-client.ts';
import { lockOf } from './s3-locks.ts';
import { type Versions, versionsOf } from './s3-versions.ts';
import { readRefusals, removalOf } from './s3-xml.ts';

/** Removes keys in batches of 1,000 objects, all versions included. A batch that fails is the answer for its keys. */
export function removeObjects(
  s3: S3,
  keys: readonly string[],
  { versions, signal }: { versions: Versions; signal: AbortSignal | undefined },
): Promise<Removal[]> {
  return removeInBatches(keys, keysAtOnce, async (batch, errors) => {
    const objects = await versionsOf(s3, batch, { versions, signal });
    for (let at = 0; at < objects.length; at += keysAtOnce)
      await removeBatch(s3, objects.slice(at, at + keysAtOnce), { errors, signal });
  });
}

/** The most that `DeleteObjects` takes. */
const keysAtOnce = 1_000;

interface Batch {
  readonly errors: Map<string, BackupError>;
  readonly signal: AbortSignal | undefined;
}

async function removeBatch(s3: S3, objects: ObjectIdentifier[], { errors, signal }: Batch): Promise<void> {
  const answer = (await shortBatch(s3, objects, signal)) ?? (await longBatch(s3, objects, signal));
  if (!answer) return removeOneByOne(s3, objects, { errors, signal });
  // The answer is a 200 even when not one object was removed.
  const refused = answer.filter(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion');
  await eachOf(refused, { limit: looksAtOnce, signal }, async ({ Key, VersionId, Code, Message }) => {
    if (Key === undefined) return;
    const error = codeError(Code ?? 'Unknown', s3.place, 'DeleteObjects');
    const object = { Key, ...(VersionId && { VersionId }) };
    errors.set(Key, await lockOr(s3, object, { error, said: Message, signal }));
  });
}

interface Refused {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

function shortBatch(
  { shortWay }: S3,
  objects: readonly ObjectIdentifier[],
  signal: AbortSignal | undefined,
): Promise<readonly Refused[] | undefined> {
  return shortWay.ask('DeleteObjects', { body: removalOf(objects) }, { read: readRefusals, signal });
}

/** Undefined where the store knows no batches. */
function longBatch(
  s3: S3,
  objects: ObjectIdentifier[],
  signal: AbortSignal | undefined,
): Promise<readonly Refused[] | undefined> {
  const command = new s3.sdk.DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects: objects, Quiet: true } });
  s3.shortWay.learn('DeleteObjects', command);
  return s3.call('DeleteObjects', signal, async (options) => {
    try {
      const { Errors = [] } = await s3.client.send(command, options);
      return Errors;
    } catch (error) {
      if (knowsNoBatches(error)) return undefined;
      throw error;
    }
  });
}

const looksAtOnce = 16;

/** A lock is a better answer than the words of the refusal; what may pass by itself is no lock. */
async function lockOr(
  s3: S3,
  object: ObjectIdentifier,
  { error, said, signal }: { error: BackupError; said: string | undefined; signal: AbortSignal | undefined },
): Promise<BackupError> {
  if (error.reason !== 'StorageDenied' && error.reason !== 'UnexpectedError') return error;
  return (await lockOf(s3, object, { said, signal })) ?? error;
}

/** Older stores insist on an MD5 that the SDK no longer sends, or have no batches at all. */
function knowsNoBatches(error: unknown): boolean {
  const code = codeOf(error);
  return (
    statusOf(error) === 501 ||
    statusOf(error) === 405 ||
    code === 'NotImplemented' ||
    code === 'MissingContentMD5' ||
    code === 'InvalidDigest'
  );
}

async function removeOneByOne(s3: S3, objects: readonly ObjectIdentifier[], { errors, signal }: Batch): Promise<void> {
  for (const { Key, VersionId } of objects) {
    if (Key === undefined) continue;
    try {
      await s3.call('DeleteObject', signal, (options) =>
        s3.client.send(
          new s3.sdk.DeleteObjectCommand({ Bucket: s3.bucket, Key, ...(VersionId !== undefined && { VersionId }) }),
          options,
        ),
      );
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      const said = error.cause instanceof Error ? error.cause.message : undefined;
      errors.set(Key, await lockOr(s3, { Key, ...(VersionId && { VersionId }) }, { error, said, signal }));
    }
  }
}
