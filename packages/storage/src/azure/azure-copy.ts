import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import { BackupError } from '@holdfast/types';
import type { Copied, CopyOptions, Thawed, ThawOptions } from '../object-store.ts';
import type { Azure } from './azure-client.ts';
import { codeOf, isTaken } from './azure-error.ts';
import { blobProperties, entryOf, headBlob } from './azure-head.ts';

interface Between {
  readonly from: string;
  readonly to: string;
}

/** Copies inside the account, with the archive tier on the copy where it is wanted and the account has one. */
export async function copyBlob(
  azure: Azure,
  { from, to }: Between,
  { signal, archive }: CopyOptions,
): Promise<Copied | undefined> {
  const source = await headBlob(azure, from, signal);
  if (!source) return undefined;
  const created = await begin(azure, { from, to, tier: archive ? 'Archive' : undefined, bytes: source.bytes }, signal);
  const found = await whenComplete(azure, to, source.bytes, signal);
  return { created, entry: entryOf(to, found.contentLength ?? 0, found) };
}

/**
 * A blob of the archive tier comes back as a copy in a readable tier: taken out of the tier in its own place before its time it would cost
 * the whole of that time. https://learn.microsoft.com/azure/storage/blobs/archive-rehydrate-overview
 */
export async function thawBlob(
  azure: Azure,
  key: string,
  { copyTo, signal }: ThawOptions,
): Promise<Thawed | undefined> {
  const archived = await blobProperties(azure, key, signal);
  if (!archived) return undefined;
  if (archived.accessTier !== 'Archive') return { state: 'Readable', key };
  const copy = await blobProperties(azure, copyTo, signal);
  if (copy && !isComing(copy)) return { state: 'Readable', key: copyTo };
  if (!copy) await begin(azure, { from: key, to: copyTo, tier: 'Hot', bytes: 0 }, signal);
  return { state: 'Coming' };
}

function isComing({ archiveStatus, accessTier, copyStatus }: BlobGetPropertiesResponse): boolean {
  return archiveStatus !== undefined || accessTier === 'Archive' || copyStatus === 'pending';
}

interface Begun extends Between {
  readonly tier: 'Archive' | 'Hot' | undefined;
  readonly bytes: number;
}

/** Asks for a copy; false when the key is taken. */
async function begin(azure: Azure, begun: Begun, signal: AbortSignal | undefined): Promise<boolean> {
  const { from, to, tier, bytes } = begun;
  const { container } = azure;
  try {
    await azure.call('CopyBlob', { signal, bytes }, (abortSignal) =>
      container.getBlobClient(to).beginCopyFromURL(container.getBlobClient(from).url, {
        abortSignal,
        conditions: { ifNoneMatch: '*' },
        ...(tier && { tier }),
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (isTaken(error.cause)) return false;
    if (tier === 'Archive' && knowsNoTier(error.cause)) return begin(azure, { ...begun, tier: undefined }, signal);
    throw error;
  }
}

/** Accounts of some kinds have no tiers; which word they refuse one with is theirs. */
function knowsNoTier(error: unknown): boolean {
  return /Tier|^InvalidHeaderValue$|^FeatureNotSupported/.test(codeOf(error));
}

const looksEachMs = 500;

/** A copy inside an account is usually complete at once; one that is not, is there without its bytes. */
async function whenComplete(
  azure: Azure,
  key: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<BlobGetPropertiesResponse> {
  const found = await azure.call('CopyBlob', { signal, bytes }, async (abortSignal) => {
    const blob = azure.container.getBlobClient(key);
    for (;;) {
      const properties = await blob.getProperties({ abortSignal });
      if (properties.copyStatus !== 'pending') return properties;
      await new Promise((resolve) => setTimeout(resolve, looksEachMs));
      abortSignal.throwIfAborted();
    }
  });
  if (found.copyStatus === undefined || found.copyStatus === 'success') return found;
  await azure.call('DeleteBlobs', { signal }, (abortSignal) =>
    azure.container.getBlobClient(key).deleteIfExists({ abortSignal }),
  );
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${azure.place} broke off the copy "${key}"; it is tried again`,
  );
}
