import { randomUUID } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { requireKey, requirePrefix } from '../keys.ts';
import type { ObjectStore } from '../object-store.ts';
import { openContainer, type Azure, type AzureConfig } from './azure-client.ts';
import { copyBlob, thawBlob } from './azure-copy.ts';
import { createBlob } from './azure-create.ts';
import { isTaken, statusOf } from './azure-error.ts';
import { headBlob } from './azure-head.ts';
import { listBlobs } from './azure-list.ts';
import { readBlob } from './azure-read.ts';
import { removeBlobs } from './azure-remove.ts';
import { versioning } from './azure-versions.ts';

/**
 * A container of Azure Blob Storage. Loads the SDK only when it is called. What an upload that died leaves behind are blocks that
 * nobody sees and that Azure drops after a week, so there is nothing to abort.
 */
export async function openAzure(config: AzureConfig): Promise<ObjectStore> {
  const azure = await openContainer(config);
  const { place } = azure;
  const versions = versioning(azure);
  return {
    place,
    list: (prefix, signal) => listBlobs(azure, requirePrefix(prefix, place), signal),
    head: async (key, signal) => headBlob(azure, requireKey(key, place), signal),
    read: async (key, options = {}) => readBlob(azure, requireKey(key, place), options),
    create: async (key, body, options = {}) => createBlob(azure, requireKey(key, place), body, options),
    copy: async (from, to, options = {}) =>
      copyBlob(azure, { from: requireKey(from, place), to: requireKey(to, place) }, options),
    async remove(key, signal) {
      const [removal] = await removeBlobs(azure, [requireKey(key, place)], { versions, signal });
      if (removal?.error) throw removal.error;
    },
    removeMany: async (keys, signal) =>
      removeBlobs(
        azure,
        keys.map((key) => requireKey(key, place)),
        { versions, signal },
      ),
    probe: (signal, prefix = '') => probe(azure, prefix, signal),
    now: (signal, prefix = '') => storeNow(azure, prefix, signal),
    thaw: async (key, options) => {
      requireKey(options.copyTo, place);
      return thawBlob(azure, requireKey(key, place), options);
    },
  };
}

/** A write under a condition that nothing fulfils: who may not write is refused before the condition is looked at. */
async function probe(azure: Azure, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  await storeNow(azure, prefix, signal);
  const blob = azure.container.getBlockBlobClient(`${prefix}.probe-${randomUUID()}`);
  await azure.call('PutBlob', { signal }, async (abortSignal) => {
    try {
      await blob.upload(new Uint8Array(), 0, { abortSignal, conditions: { ifMatch: `"${randomUUID()}"` } });
    } catch (error) {
      if (isTaken(error) || statusOf(error) === 412) return;
      throw error;
    }
    await blob.deleteIfExists({ abortSignal }); // a store that does not look at conditions
  });
}

/** The `Date` of an answer to the smallest listing there is. */
async function storeNow(azure: Azure, prefix: string, signal: AbortSignal | undefined): Promise<Date> {
  const within = requirePrefix(prefix, azure.place);
  const page = await azure.call('ListBlobs', { signal }, async (abortSignal) =>
    azure.container.listBlobsFlat({ prefix: within, abortSignal }).byPage({ maxPageSize: 1 }).next(),
  );
  const date: unknown = page.done ? undefined : page.value.date;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${azure.place} answers without a usable Date; look at what stands between it and us`,
  );
}
