import { BackupError } from '@holdfast/types';
import type { StoredEntry } from '../object-store.ts';
import { objectPath, type Gcs } from './gcs-client.ts';
import { isMissing } from './gcs-error.ts';
import { readJson } from './gcs-http.ts';
import { storeNow } from './gcs-list.ts';
import { entryFields, entryOf, lockFields, objectIn, type GcsObject } from './gcs-object.ts';

export async function headObject(
  gcs: Gcs,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredEntry | undefined> {
  const found = await gcs.call('GetObjectMetadata', { signal }, async (callSignal) => {
    try {
      const answer = await gcs.ask(
        { method: 'GET', path: objectPath(key), query: { fields: `${entryFields},${lockFields}` } },
        callSignal,
      );
      return describedBy(gcs, await readJson(answer));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
  if (found) return entryOf(found);
  await requireBucket(gcs, key, signal);
  return undefined;
}

/**
 * The service says of an object in a missing bucket what it says of a missing object, so whoever found nothing looks at the bucket:
 * listing what begins with the key is allowed to whoever may list here at all.
 */
export async function requireBucket(gcs: Gcs, key: string, signal: AbortSignal | undefined): Promise<void> {
  await storeNow(gcs, key, signal);
}

/** @throws BackupError `StorageUnreachable`, transient, for an answer that describes no object: something else gave it */
export function describedBy(gcs: Gcs, answer: unknown): GcsObject {
  const object = objectIn(answer);
  if (object) return object;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${gcs.place} describes an object in a way that nobody understands; look at what stands between it and us`,
  );
}
