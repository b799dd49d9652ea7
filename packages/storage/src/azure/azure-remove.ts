import type { BlobClient } from '@azure/storage-blob';
import type { BackupError } from '@holdfast/types';
import type { Removal } from '../object-store.ts';
import { removeInBatches } from '../remove-in-batches.ts';
import type { Azure } from './azure-client.ts';
import { answerError } from './azure-error.ts';
import { versionsOf, type Versions } from './azure-versions.ts';

/**
 * Removes keys in batches, with their snapshots and earlier versions. A batch that fails is the answer for its keys. Where the account
 * has soft delete, what is removed can be brought back, and is paid for, until its time is over.
 */
export function removeBlobs(
  azure: Azure,
  keys: readonly string[],
  { versions, signal }: { versions: Versions; signal: AbortSignal | undefined },
): Promise<Removal[]> {
  return removeInBatches(keys, keysAtOnce, async (batch, errors) => {
    const versioned = await versions(batch, signal);
    const blobs = batch.map((key) => ({ key, blob: azure.container.getBlobClient(key) }));
    await removeBatch(azure, blobs, { deleteSnapshots: 'include', errors, signal });
    const earlier = versioned ? await versionsOf(azure, batch, signal) : [];
    for (let at = 0; at < earlier.length; at += keysAtOnce)
      await removeBatch(azure, earlier.slice(at, at + keysAtOnce), { errors, signal });
  });
}

/** The most that a batch takes. */
const keysAtOnce = 256;

interface Batch {
  readonly deleteSnapshots?: 'include';
  readonly errors: Map<string, BackupError>;
  readonly signal: AbortSignal | undefined;
}

async function removeBatch(
  azure: Azure,
  blobs: readonly { readonly key: string; readonly blob: BlobClient }[],
  { deleteSnapshots, errors, signal }: Batch,
): Promise<void> {
  const { subResponses } = await azure.call('DeleteBlobs', { signal }, (abortSignal) =>
    azure.container.getBlobBatchClient().deleteBlobs(
      blobs.map(({ blob }) => blob),
      { abortSignal, ...(deleteSnapshots && { deleteSnapshots }) },
    ),
  );
  // The answer is a 202 even when not one blob was removed.
  blobs.forEach(({ key }, index) => {
    const answer = subResponses[index];
    const status = answer?.status ?? 500;
    if (status < 300 || answer?.errorCode === 'BlobNotFound') return;
    errors.set(key, answerError({ code: answer?.errorCode, status }, azure.place, 'DeleteBlobs'));
  });
}
