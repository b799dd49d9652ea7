import { BackupError } from '@holdfast/types';
import type { S3 } from './s3-client.ts';
import { abortUpload } from './s3-multipart.ts';

/** Aborts uploads below a prefix that began before a time and were never finished; answers how many. */
export async function abortStaleUploads(
  s3: S3,
  prefix: string,
  options: { olderThan: Date; signal: AbortSignal | undefined },
): Promise<number> {
  let count = 0;
  let markers: Markers | undefined = {};
  while (markers) {
    const from: Markers = markers;
    const page = await s3.call('ListMultipartUploads', options.signal, (sending) =>
      s3.client.send(new s3.sdk.ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: prefix, ...from }), sending),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined || Initiated >= options.olderThan)
        continue;
      await abortUpload(s3, Key, UploadId, options.signal);
      count += 1;
    }
    markers = page.IsTruncated ? requireMarkers(page.NextKeyMarker, page.NextUploadIdMarker, s3.place) : undefined;
  }
  return count;
}

interface Markers {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

function requireMarkers(KeyMarker: string | undefined, UploadIdMarker: string | undefined, place: string): Markers {
  if (KeyMarker === undefined)
    throw new BackupError(
      'StorageUnreachable',
      'transient',
      `${place} cut its list of uploads short; it is tried again`,
    );
  return { KeyMarker, ...(UploadIdMarker !== undefined && { UploadIdMarker }) };
}
