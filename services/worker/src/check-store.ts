import type { Wait } from '@holdfast/access';
import type { ObjectStore } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';

const storeAgainMs = 60_000;

/** Proves that the store can be listed and written before a Job is spent on it. */
export async function checkStore(store: ObjectStore, signal: AbortSignal): Promise<Wait | undefined> {
  try {
    await store.probe(signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { reason: error.reason, message: error.message, againMs: storeAgainMs };
  }
}
