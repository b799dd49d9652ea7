import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import type { Lock, StoredEntry } from '../object-store.ts';
import type { Azure } from './azure-client.ts';
import { isMissing } from './azure-error.ts';

export async function headBlob(
  azure: Azure,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredEntry | undefined> {
  const found = await blobProperties(azure, key, signal);
  const lock = found && lockIn(found);
  return found && { ...entryOf(key, found.contentLength ?? 0, found), ...(lock && { lock }) };
}

/** What a container keeps as a whole is not told of its blobs; there only a refused removal says so. */
function lockIn({
  legalHold,
  leaseState,
  immutabilityPolicyExpiresOn: until,
}: BlobGetPropertiesResponse): Lock | undefined {
  if (legalHold) return { by: 'a legal hold' };
  if (leaseState === 'leased' || leaseState === 'breaking') return { by: 'a lease' };
  return until && { by: 'an immutability policy', until };
}

export async function blobProperties(
  azure: Azure,
  key: string,
  signal: AbortSignal | undefined,
): Promise<BlobGetPropertiesResponse | undefined> {
  return azure.call('GetBlobProperties', { signal }, async (abortSignal) => {
    try {
      return await azure.container.getBlobClient(key).getProperties({ abortSignal });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** What every answer about a blob tells of it. Listings leave out the quotes of an ETag. */
export function entryOf(
  key: string,
  bytes: number,
  told: {
    readonly lastModified?: Date | undefined;
    readonly etag?: string | undefined;
    readonly versionId?: string | undefined;
    readonly accessTier?: string | undefined;
    readonly accessTierInferred?: boolean | undefined;
  },
): StoredEntry {
  return {
    key,
    bytes,
    modifiedAt: told.lastModified ?? new Date(0),
    ...(told.etag !== undefined && { etag: told.etag.replaceAll('"', '') }),
    ...(told.versionId !== undefined && { versionId: told.versionId }),
    ...(isNamed(told) && { storageClass: told.accessTier }),
  };
}

/** A tier that nobody chose is the account's usual one, which is never the archive. */
function isNamed<T extends { accessTier?: string | undefined; accessTierInferred?: boolean | undefined }>(
  told: T,
): told is T & { accessTier: string } {
  return told.accessTier !== undefined && (!told.accessTierInferred || told.accessTier === 'Archive');
}
