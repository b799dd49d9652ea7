import type { _Object } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';
import type { StoredEntry } from '../object-store.ts';
import type { S3 } from './s3-client.ts';

/** Streams a listing page by page; the next page is asked for when the last one was taken. */
export async function* listObjects(
  s3: S3,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncIterable<StoredEntry> {
  let token: string | undefined;
  do {
    const page = await s3.call('ListObjectsV2', signal, (options) =>
      s3.client.send(
        new s3.sdk.ListObjectsV2Command({
          Bucket: s3.bucket,
          Prefix: prefix,
          EncodingType: 'url',
          ...(token !== undefined && { ContinuationToken: token }),
        }),
        options,
      ),
    );
    for (const object of page.Contents ?? []) {
      const entry = entryOf(object, page.EncodingType === 'url');
      if (entry) yield entry;
    }
    token = page.IsTruncated ? requireToken(page.NextContinuationToken, s3.place) : undefined;
  } while (token !== undefined);
}

/** Consoles make empty objects whose key ends with a slash to show a folder; they are nobody's object. */
function entryOf(object: _Object, encoded: boolean): StoredEntry | undefined {
  if (object.Key === undefined || object.LastModified === undefined) return undefined;
  const key = encoded ? decodeURIComponent(object.Key.replaceAll('+', ' ')) : object.Key;
  if (key.endsWith('/')) return undefined;
  return {
    key,
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
