import { BackupError, type ErrorFate, type Reason } from '@holdfast/types';
import { BodyFailed } from '../bytes.ts';

/** What we were doing, and the permission it needs. */
export const operations = {
  ListObjectsV2: 's3:ListBucket',
  HeadBucket: 's3:ListBucket',
  HeadObject: 's3:GetObject',
  GetObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject, and s3:DeleteObjectVersion where the bucket is versioned',
  GetBucketVersioning: 's3:GetBucketVersioning',
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
  const code = codeOf(error);
  return named(code, statusOf(error), place, operation, error);
}

/** An error code that came inside a successful answer, as `DeleteObjects` does. */
export function codeError(code: string, place: string, operation: Operation): BackupError {
  return named(code, undefined, place, operation, undefined);
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

interface Meaning {
  readonly reason: Reason;
  readonly fate: ErrorFate;
  readonly remedy: (operation: Operation) => string;
}

function named(
  code: string,
  status: number | undefined,
  place: string,
  operation: Operation,
  cause: unknown,
): BackupError {
  const { reason, fate, remedy } = meaningOf(code, status);
  const answer = status === undefined || code === String(status) ? code : `${code} (${status})`;
  const message = `${place} answers ${operation} with ${answer}; ${remedy(operation)}`;
  return new BackupError(reason, fate, message, cause === undefined ? {} : { cause });
}

function meaningOf(code: string, status: number | undefined): Meaning {
  const byCode = meanings.get(code);
  if (byCode) return byCode;
  if (/CERT|SIGNED|ISSUER|ALTNAME|^ERR_TLS|EPROTO/i.test(code)) return badCertificate;
  if (status === 401 || status === 403) return denied;
  if (status === 507) return full;
  if (status === undefined ? /^E[A-Z_]+$/.test(code) : status >= 500 || status === 408 || status === 429)
    return unreachable;
  if (status === 301 || status === 307) return elsewhere;
  return unknown;
}

const unreachable: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: () => 'check the endpoint, the network and the store; it is tried again',
};
const badCertificate: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: () => 'its certificate is not trusted; check the certificate and its authority',
};
const skewed: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: () => 'the clocks here and there differ; set them right',
};
const bucketMissing: Meaning = {
  reason: 'BucketMissing',
  fate: 'terminal',
  remedy: () => 'create the bucket or correct spec.storage.bucket',
};
const denied: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: (operation) => `grant ${operations[operation]} on the bucket and its objects`,
};
const badKeys: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: () => 'correct the keys in the Secret with the store credentials',
};
const noKeys: Meaning = {
  reason: 'CredentialsMissing',
  fate: 'terminal',
  remedy: () => 'name a Secret with keys, or give the ServiceAccount an identity that may use the bucket',
};
const full: Meaning = {
  reason: 'StoreSpace',
  fate: 'terminal',
  remedy: () => 'give the store more space or keep less',
};
const elsewhere: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'terminal',
  remedy: () => "the bucket is in another region; correct the store's region",
};
const unknown: Meaning = {
  reason: 'UnexpectedError',
  fate: 'transient',
  remedy: () => 'this answer has no name yet; the log has its cause',
};

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['NoSuchBucket', bucketMissing],
  ['AccessDenied', denied],
  ['AllAccessDisabled', denied],
  ['AccountProblem', denied],
  ['Forbidden', denied],
  ['InvalidAccessKeyId', badKeys],
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
  ['QuotaExceeded', full],
  ['StorageFull', full],
  ['XMinioStorageFull', full],
  ['XMinioAdminBucketQuotaExceeded', full],
]);

/** Codes are words of the provider; anything else could be text that someone chose. */
function isWord(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text);
}

function isGeneric(name: string): boolean {
  return name === 'Error' || name === 'TypeError' || name === 'AggregateError' || name === 'SystemError';
}
