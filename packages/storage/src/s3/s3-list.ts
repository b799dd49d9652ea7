import type { _Object } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import type { StoredEntry } from '../object-store.ts';
import type { S3 } from './s3-client.ts';
import { readPage, type ListedPage } from './s3-page.ts';

/** Streams a listing page by page; the next page is asked for when the last one was taken. */
export async function* listObjects(
  s3: S3,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncIterable<StoredEntry> {
  let token: string | undefined;
  do {
    const page: ListedPage =
      (await shortPage(s3, { prefix, token }, signal)) ?? (await longPage(s3, { prefix, token }, signal));
    // Consoles make empty objects whose key ends with a slash to show a folder; they are nobody's object.
    for (const object of page.objects) if (!object.key.endsWith('/')) yield object;
    token = page.token;
  } while (token !== undefined);
}

interface Asked {
  readonly prefix: string;
  readonly token: string | undefined;
}

function shortPage(
  { shortWay }: S3,
  { prefix, token }: Asked,
  signal: AbortSignal | undefined,
): Promise<ListedPage | undefined> {
  const query = { prefix, 'continuation-token': token };
  return shortWay.ask('ListObjectsV2', { query }, { read: readPage, signal });
}

async function longPage(s3: S3, { prefix, token }: Asked, signal: AbortSignal | undefined): Promise<ListedPage> {
  const command = new s3.sdk.ListObjectsV2Command({
    Bucket: s3.bucket,
    Prefix: prefix,
    EncodingType: 'url',
    ...(token !== undefined && { ContinuationToken: token }),
  });
  s3.shortWay.learn('ListObjectsV2', command);
  const page = await s3.call('ListObjectsV2', signal, (options) => s3.client.send(command, options));
  return {
    objects: (page.Contents ?? []).flatMap((object) => entryOf(object, page.EncodingType === 'url') ?? []),
    token: page.IsTruncated ? requireToken(page.NextContinuationToken, s3.place) : undefined,
  };
}

function entryOf(object: _Object, encoded: boolean): StoredEntry | undefined {
  if (object.Key === undefined || object.LastModified === undefined) return undefined;
  return {
    key: encoded ? decodeURIComponent(object.Key.replaceAll('+', ' ')) : object.Key,
    bytes: object.Size ?? 0,
    modifiedAt: object.LastModified,
    ...(object.ETag !== undefined && { etag: object.ETag }),
  };
}

/** A listing that stops in the middle must never look like a short one. */
function requireToken(token: string | undefined, place: string): string {
  if (token !== undefined && token !== '') return token;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${place} cut its listing short and did not say where to go on; it is tried again`,
  );
}
