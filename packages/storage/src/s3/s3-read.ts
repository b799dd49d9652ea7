import { Readable } from 'node:stream';
import { largestDocumentBytes, type ReadOptions } from '../object-store.ts';
import { codeOf, s3Error, statusOf } from './s3-error.ts';
import { headObject, isMissing } from './s3-head.ts';
import type { S3 } from './s3-client.ts';
import { crc32Of } from './s3-short-way.ts';

export async function readObject(
  s3: S3,
  key: string,
  { range, small = false, signal }: ReadOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  // HTTP cannot ask for no bytes at all.
  if (range?.length === 0) return (await headObject(s3, key, signal)) && nothing();
  const document = small && !range ? await shortRead(s3, key, signal) : undefined;
  if (document) return once(document);
  const bytes = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
  return s3.call('GetObject', signal, async (options) => {
    try {
      const command = new s3.sdk.GetObjectCommand({
        Bucket: s3.bucket,
        Key: key,
        ...(bytes !== undefined && { Range: bytes }),
      });
      if (small && !range) s3.shortWay.learn('GetObject', command, key);
      const object = await s3.client.send(command, options);
      return object.Body instanceof Readable ? pieces(s3, object.Body, signal) : nothing();
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (statusOf(error) === 416 || codeOf(error) === 'InvalidRange') return nothing();
      throw error;
    }
  });
}

/** A document by the short way; what the store says of its content must be so, as the SDK would see to it. */
function shortRead({ shortWay }: S3, key: string, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
  const read = (body: Buffer, { 'x-amz-checksum-crc32': sum }: Readonly<Record<string, string>>) =>
    sum === undefined || sum.includes('-') || sum === crc32Of(body) ? body : undefined;
  return shortWay.ask('GetObject', { key }, { read, mostBytes: largestDocumentBytes, signal });
}

async function* once(body: Uint8Array): AsyncIterable<Uint8Array> {
  if (body.length > 0) yield body;
}

/** `for await` destroys the stream, and with it the connection, when the loop is left early. */
async function* pieces(s3: S3, body: Readable, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of body) yield piece as Uint8Array;
  } catch (error) {
    signal?.throwIfAborted();
    throw s3Error(error, s3.place, 'GetObject');
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
