import { BackupError } from '@holdfast/types';
import type { StoredEntry } from '../object-store.ts';
import type { Gcs } from './gcs-client.ts';
import { headerOf, readJson } from './gcs-http.ts';
import { entryFields, entryOf, objectIn, type GcsObject } from './gcs-object.ts';

/** Streams a listing page by page; the next page is asked for when the last one was taken. */
export async function* listObjects(
  gcs: Gcs,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncIterable<StoredEntry> {
  let pageToken: string | undefined;
  do {
    const page = await askForPage(gcs, { prefix, pageToken, fields: entryFields }, signal);
    for (const object of page.objects) {
      // Consoles make empty objects whose name ends with a slash to show a folder; they are nobody's object.
      if (!object.name.endsWith('/')) yield entryOf(object);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** Every generation of exactly one key, the live one and those that versioning keeps. */
export async function generationsOf(gcs: Gcs, key: string, signal: AbortSignal | undefined): Promise<GcsObject[]> {
  const found: GcsObject[] = [];
  let pageToken: string | undefined;
  do {
    const asked = { prefix: key, pageToken, fields: generationFields, versions: true, maxResults: 100 };
    const page = await askForPage(gcs, asked, signal);
    found.push(...page.objects.filter(({ name }) => name === key));
    // The key itself is the first of all keys that begin with it.
    pageToken = page.objects.some(({ name }) => name !== key) ? undefined : page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

const generationFields = `${entryFields},temporaryHold,eventBasedHold,retentionExpirationTime,retention`;

/** The `Date` of an answer to the smallest listing there is. */
export async function storeNow(gcs: Gcs, prefix: string, signal: AbortSignal | undefined): Promise<Date> {
  const { date } = await askForPage(gcs, { prefix, fields: 'name', maxResults: 1 }, signal);
  const now = new Date(date ?? Number.NaN);
  if (!Number.isNaN(now.getTime())) return now;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${gcs.place} answers without a usable Date; look at what stands between it and us`,
  );
}

interface Page {
  readonly objects: readonly GcsObject[];
  readonly nextPageToken: string | undefined;
  readonly date: string | undefined;
}

interface PageAsked {
  readonly prefix: string;
  readonly fields: string;
  readonly pageToken?: string | undefined;
  readonly versions?: boolean;
  readonly maxResults?: number;
}

function askForPage(gcs: Gcs, asked: PageAsked, signal: AbortSignal | undefined): Promise<Page> {
  const { prefix, fields, pageToken, versions, maxResults } = asked;
  const query = {
    prefix,
    fields: `items(${fields}),nextPageToken`,
    ...(pageToken !== undefined && { pageToken }),
    ...(versions && { versions: 'true' }),
    ...(maxResults !== undefined && { maxResults: String(maxResults) }),
  };
  return gcs.call('ListObjects', { signal }, async (callSignal) => {
    const answer = await gcs.ask({ method: 'GET', path: '/o', query }, callSignal);
    const told = (await readJson(answer)) as { items?: unknown[]; nextPageToken?: unknown } | undefined;
    if (!told) throw noListing(gcs);
    const objects = (told.items ?? []).flatMap((item) => objectIn(item) ?? []);
    const nextPageToken = typeof told.nextPageToken === 'string' ? told.nextPageToken || undefined : undefined;
    return { objects, nextPageToken, date: headerOf(answer, 'date') };
  });
}

function noListing({ place }: Gcs): BackupError {
  return new BackupError(
    'StorageUnreachable',
    'transient',
    `${place} answers a listing with something that is none; look at what stands between it and us`,
  );
}
