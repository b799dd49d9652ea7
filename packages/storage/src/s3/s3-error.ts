import { BackupError } from '@holdfast/types';
import { BodyFailed } from '../bytes.ts';
import {
  answeredWith,
  full,
  isWord,
  meaningByStatus,
  unknown,
  withoutRequest,
  type Answer,
  type Meaning,
} from '../store-error.ts';

/** What we were doing, and the permission it needs. */
export const operations = {
  ListObjectsV2: 's3:ListBucket',
  HeadBucket: 's3:ListBucket',
  HeadObject: 's3:GetObject',
  GetObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  CopyObject: 's3:GetObject and s3:PutObject',
  RestoreObject: 's3:RestoreObject',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject, and s3:DeleteObjectVersion where the bucket is versioned',
  GetBucketVersioning: 's3:GetBucketVersioning',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration',
  ListObjectVersions: 's3:ListBucketVersions',
  MultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
} as const;

export type Operation = keyof typeof operations;

/**
 * Gives an error of the SDK its name. The message names place, operation, the store's error code and the remedy; it never holds
 * a response body, because a body can hold what the requester sent.
 */
export function s3Error(error: unknown, place: string, operation: Operation): unknown {
  if (error instanceof BackupError) return error;
  if (error instanceof BodyFailed) return error.cause;
  const answer = { code: codeOf(error), status: statusOf(error) };
  return named({ ...answer, cause: withoutRequest(error, answer) }, place, operation);
}

/** An error code that came inside a successful answer, as `DeleteObjects` does. */
export function codeError(code: string, place: string, operation: Operation): BackupError {
  return named({ code, status: undefined }, place, operation);
}

/** The store's own word for an error, such as `NoSuchKey`, or the system's, such as `ECONNREFUSED`. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  if ('Code' in error && typeof error.Code === 'string' && isWord(error.Code)) return error.Code;
  if (isGeneric(error.name) && 'code' in error && typeof error.code === 'string' && isWord(error.code))
    return error.code;
  return isWord(error.name) ? error.name : 'Unknown';
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Whether the store says that the key exists already. */
export function isTaken(error: unknown): boolean {
  return statusOf(error) === 412 || codeOf(error) === 'PreconditionFailed';
}

/** Older stores; there the look beforehand has to do, and that only one run at a time writes into a folder. */
export function knowsNoConditions(error: unknown): boolean {
  return statusOf(error) === 501 || codeOf(error) === 'NotImplemented';
}

/** Whether a store says that it has no such class, as many S3-compatible ones do. */
export function knowsNoClass(error: unknown): boolean {
  return codeOf(error) === 'InvalidStorageClass' || knowsNoConditions(error);
}

function named(answer: Answer, place: string, operation: Operation): BackupError {
  return answeredWith(answer, place, operation, meaningOf(answer, operation));
}

function meaningOf(answer: Answer, operation: Operation): Meaning {
  const { code, status } = answer;
  const denied = deniedTo(operation);
  if (deniedCodes.has(code)) return denied;
  const known = meanings.get(code) ?? meaningByStatus(answer, { denied, unreachable });
  return known ?? (status === 301 || status === 307 ? elsewhere : unknown);
}

const unreachable: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: 'check the endpoint, the network and the store; it is tried again',
};
const skewed: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: 'the clocks here and there differ; set them right',
};
const bucketMissing: Meaning = {
  reason: 'BucketMissing',
  fate: 'terminal',
  remedy: 'create the bucket or correct spec.storage.bucket',
};
function deniedTo(operation: Operation): Meaning {
  const remedy = `grant ${operations[operation]} on the bucket and its objects`;
  return { reason: 'StorageDenied', fate: 'terminal', remedy };
}
const badKeys: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: 'correct the keys in the Secret with the store credentials',
};
const noKeys: Meaning = {
  reason: 'CredentialsMissing',
  fate: 'terminal',
  remedy: 'name a Secret with keys, or give the ServiceAccount an identity that may use the bucket',
};
const elsewhere: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'terminal',
  remedy: "the bucket is in another region; correct the store's region",
};
const archived: Meaning = {
  reason: 'ObjectArchived',
  fate: 'terminal',
  remedy: 'it lies in a class that is not read at once; bring its chain back first',
};
const unfit: Meaning = {
  reason: 'UnexpectedError',
  fate: 'terminal',
  remedy:
    'the store cannot hold this key, which is too long or below another object; choose another folder for the backup',
};
const deniedCodes: ReadonlySet<string> = new Set(['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'Forbidden']);

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['NoSuchBucket', bucketMissing],
  ['InvalidAccessKeyId', badKeys],
  ['XAdminUserNotFound', badKeys],
  ['SignatureDoesNotMatch', badKeys],
  ['ExpiredToken', badKeys],
  ['InvalidToken', badKeys],
  ['TokenRefreshRequired', badKeys],
  ['CredentialsProviderError', noKeys],
  ['TokenProviderError', noKeys],
  ['RequestTimeTooSkewed', skewed],
  ['SlowDown', unreachable],
  ['RequestTimeout', unreachable],
  ['TimeoutError', unreachable],
  ['InternalError', unreachable],
  ['ServiceUnavailable', unreachable],
  ['OperationAborted', unreachable],
  ['ConditionalRequestConflict', unreachable],
  ['PermanentRedirect', elsewhere],
  ['AuthorizationHeaderMalformed', elsewhere],
  ['InvalidObjectState', archived],
  ['KeyTooLongError', unfit],
  ['ObjectParentIsFile', unfit],
  ['ExistingObjectIsDirectory', unfit],
  ['QuotaExceeded', full],
  ['StorageFull', full],
  ['XMinioStorageFull', full],
  ['XMinioAdminBucketQuotaExceeded', full],
]);

function isGeneric(name: string): boolean {
  return name === 'Error' || name === 'TypeError' || name === 'AggregateError' || name === 'SystemError';
}
