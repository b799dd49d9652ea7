import { BackupError, type ErrorFate, type Reason } from '@holdfast/types';
import { BodyFailed } from '../bytes.ts';

/** The `code` of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Gives a system error its name; what has one already, and a caller's own abort, stays as it is. */
export function directoryError(error: unknown, place: string, operation: string): unknown {
  if (error instanceof BackupError || (error instanceof Error && error.name === 'AbortError')) return error;
  if (error instanceof BodyFailed) return error.cause;
  const code = codeOf(error);
  const [reason, fate, remedy] = meanings[code ?? ''] ?? unknownMeaning;
  return new BackupError(reason, fate, `${place} fails ${operation}${code ? ` with ${code}` : ''}; ${remedy}`, {
    cause: error,
  });
}

type Meaning = readonly [Reason, ErrorFate, string];

const full: Meaning = ['StoreSpace', 'terminal', 'enlarge the volume or keep less'];
const denied: Meaning = ['StorageDenied', 'terminal', "give the pod's user read and write access to the volume"];
const ill: Meaning = ['StorageUnreachable', 'transient', 'look at the volume and its server; it is tried again'];
const unfit: Meaning = [
  'UnexpectedError',
  'terminal',
  'a file system has no such name, which is too long or below a file; choose another folder for the backup',
];
const unknownMeaning: Meaning = ['UnexpectedError', 'transient', 'look at the log for the cause'];

const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  EIO: ill,
  ESTALE: ill,
  ETIMEDOUT: ill,
  EHOSTDOWN: ill,
  ENOTCONN: ill,
  EBUSY: ill,
  ENAMETOOLONG: unfit,
  ENOTDIR: unfit,
  EMFILE: ill,
  ENFILE: ill,
};
