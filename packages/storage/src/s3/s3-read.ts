import { Readable } from 'node:stream';
import type { ReadOptions } from '../object-store.ts';
import { codeOf, s3Error, statusOf } from './s3-error.ts';
import { headObject, isMissing } from './s3-head.ts';
import type { S3 } from './s3-client.ts';

export async function readObject(
  s3: S3,
  key: string,
  { range, signal }: ReadOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  // HTTP cannot ask for no bytes at all.
  if (range?.length === 0) return (await headObject(s3, key, signal)) && nothing();
  const bytes = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
  return s3.call('GetObject', signal, async (options) => {
    try {
      const object = await s3.client.send(
        new s3.sdk.GetObjectCommand({ Bucket: s3.bucket, Key: key, ...(bytes !== undefined && { Range: bytes }) }),
        options,
      );
      return object.Body instanceof Readable ? pieces(s3, object.Body, signal) : nothing();
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (statusOf(error) === 416 || codeOf(error) === 'InvalidRange') return nothing();
      throw error;
    }
  });
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
