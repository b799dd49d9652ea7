import { BackupError } from '@holdfast/types';

/** Whether the store said that a lock keeps an object. */
export function isLocked(error: unknown): error is BackupError {
  return error instanceof BackupError && error.reason === 'ObjectLocked';
}
