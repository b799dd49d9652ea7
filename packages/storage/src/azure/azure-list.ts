import type { StoredEntry } from '../object-store.ts';
import type { Azure } from './azure-client.ts';
import { entryOf } from './azure-head.ts';

/** Streams a listing page by page; the next page is asked for when the last one was taken. */
export async function* listBlobs(
  azure: Azure,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncIterable<StoredEntry> {
  let continuationToken: string | undefined;
  do {
    const from = continuationToken === undefined ? {} : { continuationToken };
    const page = await azure.call('ListBlobs', { signal }, async (abortSignal) =>
      azure.container.listBlobsFlat({ prefix, abortSignal }).byPage(from).next(),
    );
    if (page.done) return;
    for (const { name, properties } of page.value.segment.blobItems) {
      // Consoles make empty blobs whose name ends with a slash to show a folder; they are nobody's object.
      if (!name.endsWith('/')) yield entryOf(name, properties.contentLength ?? 0, properties);
    }
    continuationToken = page.value.continuationToken === '' ? undefined : page.value.continuationToken;
  } while (continuationToken !== undefined);
}
