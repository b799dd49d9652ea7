import { BackupError } from '@holdfast/types';
import { BodyFailed } from '../bytes.ts';
import { refusalOf } from '../public-lookup.ts';
import { answeredWith, isWord, meaningByStatus, unknown, type Answer, type Meaning } from '../store-error.ts';
import { Answered } from './gcs-http.ts';

/** What we were doing. */
export type Operation =
  | 'ListObjects'
  | 'GetObjectMetadata'
  | 'GetObject'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'GetBucket';

/** Gives an error its name. The message names place, operation, the service's own word and the remedy, never what a body held. */
export function gcsError(error: unknown, place: string, operation: Operation): unknown {
  if (error instanceof BackupError) return error;
  if (error instanceof BodyFailed) return error.cause;
  if (error instanceof Answered) {
    const { code, status } = error;
    return named({ code, status, cause: error }, place, operation);
  }
  return refusalOf(error) ?? named({ code: codeOf(error), status: undefined, cause: error }, place, operation);
}

/** Whether an answer says that there is no such thing: an object, or its bucket. */
export function isMissing(error: unknown): boolean {
  return error instanceof Answered && error.status === 404;
}

/** Whether a conditional write says that the key is taken; what stands there may be kept by a hold or a policy. */
export function isTaken(error: unknown): boolean {
  return error instanceof Answered && (error.status === 412 || isLock(error.code));
}

/** Holds, and the retention of buckets and objects. */
export function isLock(code: string): boolean {
  return code === 'retentionPolicyNotMet' || code === 'objectUnderActiveHold';
}

/** Whether one request may be sent again: nobody answered, or the service asks for patience. */
export function mayPass(error: unknown): boolean {
  const known = gcsError(error, '', 'GetObject');
  return known instanceof BackupError && known.reason === 'StorageUnreachable';
}

/** The system's own word, such as `ECONNREFUSED`. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  if ('code' in error && typeof error.code === 'string' && isWord(error.code)) return error.code;
  return isWord(error.name) ? error.name : 'Unknown';
}

function named(answer: Answer, place: string, operation: Operation): BackupError {
  return answeredWith(answer, place, operation, meaningOf(answer));
}

function meaningOf(answer: Answer): Meaning {
  const { code, status } = answer;
  return (
    meanings.get(code) ??
    (isLock(code) ? locked : undefined) ??
    (status === 401 ? badKey : undefined) ??
    (status === 404 ? bucketMissing : undefined) ??
    meaningByStatus(answer, { denied, unreachable }) ??
    unknown
  );
}

const unreachable: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: 'check the endpoint and the network; it is tried again',
};
const bucketMissing: Meaning = {
  reason: 'BucketMissing',
  fate: 'terminal',
  remedy: 'create the bucket or correct spec.storage.bucket',
};
const denied: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: 'grant the account the role Storage Object User (roles/storage.objectUser) on the bucket',
};
const badKey: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: 'replace the key of the service account in the Secret with one that is valid',
};
const locked: Meaning = {
  reason: 'ObjectLocked',
  fate: 'terminal',
  remedy: 'a hold or a retention policy keeps the object; it is tried again with the next run',
};
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['rateLimitExceeded', unreachable], // also told with the status of a refusal
  ['userRateLimitExceeded', unreachable],
  ['backendError', unreachable],
  ['internalError', unreachable],
  ['TimeoutError', unreachable],
  ['AbortError', unreachable], // a connection that was cut in the middle of a body; our own aborts never come here
  ['ABORT_ERR', unreachable],
  ['HPE_INVALID_CONSTANT', unreachable], // what answered speaks no HTTP
]);
