import { BackupError } from '@holdfast/types';

/** Whether trouble may pass by itself. */
export function mayPass(error: unknown): boolean {
  return error instanceof BackupError && error.fate === 'transient';
}
