import { BackupError } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { Removal } from '../object-store.ts';
import { objectPath, type Gcs } from './gcs-client.ts';
import { isMissing } from './gcs-error.ts';
import { generationsOf } from './gcs-list.ts';
import { lockIn, type GcsObject } from './gcs-object.ts';

/**
 * Removes keys with all their generations, each by its number: whoever writes a key anew meanwhile loses nothing, and a bucket with
 * versions keeps none. Soft delete keeps what was removed, and bills it, until its time is over.
 */
export async function removeObjects(
  gcs: Gcs,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Removal[]> {
  const errors = new Map<string, BackupError>();
  await eachOf(keys, { limit: keysInFlight, signal }, async (key) => {
    try {
      for (const object of await generationsOf(gcs, key, signal)) await removeGeneration(gcs, object, signal);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      errors.set(key, error);
    }
  });
  signal?.throwIfAborted();
  return keys.map((key) => {
    const error = errors.get(key);
    return error ? { key, error } : { key };
  });
}

const keysInFlight = 16;

/** Removes one content of a key; gone already is fine. */
export async function removeGeneration(gcs: Gcs, object: GcsObject, signal: AbortSignal | undefined): Promise<void> {
  const { name, generation } = object;
  try {
    await gcs.call('DeleteObject', { signal }, async (callSignal) => {
      const asked = { method: 'DELETE', path: objectPath(name), query: { generation } } as const;
      await gcs.ask(asked, callSignal).then(
        (answer) => answer.resume(),
        (error: unknown) => {
          if (!isMissing(error)) throw error;
        },
      );
    });
  } catch (error) {
    throw lockOf(gcs, object, error) ?? error;
  }
}

/** What keeps an object is a better answer than the words of the refusal. */
function lockOf({ place }: Gcs, object: GcsObject, refusal: unknown): BackupError | undefined {
  const { name } = object;
  if (!(refusal instanceof BackupError) || !['ObjectLocked', 'StorageDenied'].includes(refusal.reason))
    return undefined;
  const locked = (how: string) =>
    new BackupError('ObjectLocked', 'terminal', `${place} keeps "${name}" locked ${how}`, { cause: refusal });
  const lock = lockIn(object);
  if (lock && !lock.until) return locked(`by ${lock.by}; whoever set it may release it`);
  if (lock?.until && lock.until.getTime() > Date.now())
    return locked(`until ${lock.until.toISOString()}; it is tried again with a later run`);
  return undefined;
}
