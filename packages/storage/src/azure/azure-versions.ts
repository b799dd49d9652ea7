import type { BlobClient } from '@azure/storage-blob';
import { eachOf } from '../each-of.ts';
import type { Azure } from './azure-client.ts';
import { headBlob } from './azure-head.ts';

/** Whether the account keeps earlier versions, as far as the first key among some that exists tells; undefined when none does. */
export type Versions = (keys: readonly string[], signal: AbortSignal | undefined) => Promise<boolean>;

/** Asks until one blob has told. */
export function versioning(azure: Azure): Versions {
  let known: boolean | undefined;
  return async (keys, signal) => {
    for (const key of known === undefined ? keys : []) {
      const entry = await headBlob(azure, key, signal);
      if (!entry) continue;
      known = entry.versionId !== undefined;
      break;
    }
    return known ?? false;
  };
}

/** Every version of exactly these keys: where versions are kept, removing a blob only turns it into an earlier version of itself. */
export async function versionsOf(
  azure: Azure,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ key: string; blob: BlobClient }[]> {
  const found: { key: string; blob: BlobClient }[] = [];
  await eachOf(keys, { limit: keysInFlight, signal }, async (key) => {
    await azure.call('ListBlobs', { signal }, async (abortSignal) => {
      for await (const { name, versionId } of azure.container.listBlobsFlat({
        prefix: key,
        includeVersions: true,
        abortSignal,
      })) {
        // The key itself is the first of all keys that begin with it.
        if (name !== key) break;
        if (versionId !== undefined)
          found.push({ key, blob: azure.container.getBlobClient(key).withVersion(versionId) });
      }
    });
  });
  return found;
}

const keysInFlight = 16;
