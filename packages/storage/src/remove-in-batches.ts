import { BackupError } from '@holdfast/types';
import type { Removal } from './object-store.ts';

/**
 * Removes keys a batch at a time. A batch that fails is the answer for those of its keys that have none of their own.
 * @param remove notes the trouble of single keys in `errors`; what it throws is that of the batch
 */
export async function removeInBatches(
  keys: readonly string[],
  keysAtOnce: number,
  remove: (batch: readonly string[], errors: Map<string, BackupError>) => Promise<void>,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (let at = 0; at < keys.length; at += keysAtOnce) {
    const batch = keys.slice(at, at + keysAtOnce);
    const errors = new Map<string, BackupError>();
    try {
      await remove(batch, errors);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      for (const key of batch) if (!errors.has(key)) errors.set(key, error);
    }
    for (const key of batch) {
      const error = errors.get(key);
      removals.push(error ? { key, error } : { key });
    }
  }
  return removals;
}
