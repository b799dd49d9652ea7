import { BackupError } from '@holdfast/types';
import { BodyFailed } from '../bytes.ts';
import { refusalOf } from '../public-lookup.ts';
import {
  answeredWith,
  isWord,
  meaningByStatus,
  unknown,
  withoutRequest,
  type Answer,
  type Meaning,
} from '../store-error.ts';

/** What we were doing. */
export type Operation =
  | 'ListBlobs'
  | 'GetBlobProperties'
  | 'GetBlob'
  | 'PutBlob'
  | 'CopyBlob'
  | 'DeleteBlobs'
  | 'GetToken';

/**
 * Gives an error of the SDK its name. The message names place, operation, the store's error code and the remedy; it never holds a
 * response body, because a body can hold what the requester sent.
 */
export function azureError(error: unknown, place: string, operation: Operation): unknown {
  if (error instanceof BackupError) return error;
  if (error instanceof BodyFailed) return error.cause;
  const refused = statusOf(error) === undefined && refusalOf(error); // an answer's code is the store's word, not ours
  if (refused) return refused;
  const answer = { code: codeOf(error), status: statusOf(error) };
  return named({ ...answer, cause: withoutRequest(error, answer) }, place, operation);
}

/** An answer to one blob of a batch. */
export function answerError(
  answer: { readonly code: string | undefined; readonly status: number },
  place: string,
  operation: Operation,
): BackupError {
  const { code, status } = answer;
  return named({ code: code !== undefined && isWord(code) ? code : 'Unknown', status }, place, operation);
}

/** The store's own word for an error, such as `BlobNotFound`, or the system's, such as `ECONNREFUSED`. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  const details: unknown = 'details' in error ? error.details : undefined;
  const told =
    typeof details === 'object' && details !== null && 'errorCode' in details ? details.errorCode : undefined;
  if (typeof told === 'string' && isWord(told)) return told;
  if ('code' in error && typeof error.code === 'string' && isWord(error.code)) return error.code;
  return isWord(error.name) ? error.name : 'Unknown';
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** Whether an answer says that this blob does not exist; a container that does not is trouble. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && !goneContainers.has(codeOf(error));
}

/** Whether a conditional write says that the key is taken; what stands there may be locked or of another kind. */
export function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'BlobAlreadyExists' || code === 'ConditionNotMet' || code === 'InvalidBlobType' || isLock(code);
}

function named(answer: Answer, place: string, operation: Operation): BackupError {
  return answeredWith(answer, place, operation, meaningOf(answer));
}

function meaningOf(answer: Answer): Meaning {
  const { code } = answer;
  return (
    meanings.get(code) ??
    (isLock(code) ? locked : undefined) ??
    meaningByStatus(answer, { denied, unreachable }) ??
    unknown
  );
}

/** Leases, legal holds and time-based retention: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
function isLock(code: string): boolean {
  return /^Lease|Immutab|LegalHold/.test(code);
}

const unreachable: Meaning = {
  reason: 'StorageUnreachable',
  fate: 'transient',
  remedy: "check the account's name, the endpoint and the network; it is tried again",
};
const containerMissing: Meaning = {
  reason: 'BucketMissing',
  fate: 'terminal',
  remedy: 'create the container or correct spec.storage.bucket',
};
const denied: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: 'grant the role Storage Blob Data Contributor on the container, and let the account’s firewall admit us',
};
const badKeys: Meaning = {
  reason: 'StorageDenied',
  fate: 'terminal',
  remedy: 'correct the account and the keys in the Secret with the store credentials',
};
const noIdentity: Meaning = {
  reason: 'CredentialsMissing',
  fate: 'terminal',
  remedy: 'name a Secret with keys, or give the ServiceAccount a federated identity that may use the container',
};
const locked: Meaning = {
  reason: 'ObjectLocked',
  fate: 'terminal',
  remedy: 'a lease, a legal hold or a retention time keeps the blob; it is tried again with the next run',
};
const archived: Meaning = {
  reason: 'ObjectArchived',
  fate: 'terminal',
  remedy: 'it lies in a tier that is not read at once; bring its chain back first',
};
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['BlobArchived', archived],
  ['BlobBeingRehydrated', archived],
  ['ContainerNotFound', containerMissing],
  ['ContainerBeingDeleted', containerMissing],
  ['ContainerDisabled', containerMissing],
  ['AuthenticationFailed', badKeys],
  ['InvalidAuthenticationInfo', badKeys],
  ['NoAuthenticationInformation', badKeys],
  ['AuthenticationError', badKeys],
  ['AggregateAuthenticationError', badKeys],
  ['CredentialUnavailableError', noIdentity],
  ['AuthenticationRequiredError', noIdentity],
  ['ServerBusy', unreachable],
  ['InternalError', unreachable],
  ['OperationTimedOut', unreachable],
  ['TimeoutError', unreachable],
  ['AbortError', unreachable], // a connection that was cut in the middle of a body; our own aborts never come here
  ['REQUEST_SEND_ERROR', unreachable],
  ['PARSE_ERROR', unreachable],
]);

const goneContainers: ReadonlySet<string> = new Set([
  'ContainerNotFound',
  'ContainerBeingDeleted',
  'ContainerDisabled',
]);
