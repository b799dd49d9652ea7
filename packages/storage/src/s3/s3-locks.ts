import type { ObjectIdentifier } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import type { S3 } from './s3-client.ts';
import { lockIn } from './s3-head.ts';

/**
 * The lock that keeps an object whose removal was refused; undefined when none does. A refusal does not name the lock (AWS says
 * `AccessDenied`, MinIO `InvalidRequest`, words for much else, too), so what locks it is read off the object. Where the object does not
 * tell, as that of versitygw, the refusal's own text has to do.
 * @param said text of the refusal, which is looked at and never repeated
 */
export async function lockOf(
  s3: S3,
  { Key, VersionId }: ObjectIdentifier,
  { said, signal }: { readonly said: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<BackupError | undefined> {
  try {
    const head = await s3.call('HeadObject', signal, (options) =>
      s3.client.send(
        new s3.sdk.HeadObjectCommand({ Bucket: s3.bucket, Key, ...(VersionId !== undefined && { VersionId }) }),
        options,
      ),
    );
    const lock = lockIn(head);
    if (lock && !lock.until) return locked(s3, Key, `by ${lock.by}; whoever set it may release it`);
    if (lock?.until && lock.until.getTime() > Date.now())
      return locked(s3, Key, `until ${lock.until.toISOString()}; it is tried again with a later run`);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    // Who may not look either is told of the refusal itself.
  }
  if (/protected by object lock/i.test(said ?? '')) return locked(s3, Key, 'and does not say for how long');
  return undefined;
}

function locked({ place }: S3, key: string | undefined, how: string): BackupError {
  return new BackupError('ObjectLocked', 'terminal', `${place} keeps "${key}" locked ${how}`);
}
