import type { IncomingMessage } from 'node:http';
import { BackupError } from '@holdfast/types';
import type { ReadOptions } from '../object-store.ts';
import { objectPath, type Gcs } from './gcs-client.ts';
import { gcsError, isMissing, mayPass } from './gcs-error.ts';
import { Answered, headerOf } from './gcs-http.ts';
import { headObject, requireBucket } from './gcs-head.ts';

export async function readObject(
  gcs: Gcs,
  key: string,
  { range, signal }: ReadOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  // HTTP cannot ask for no bytes at all.
  if (range?.length === 0) return (await headObject(gcs, key, signal)) && nothing();
  const from = range?.offset ?? 0;
  const begun = await open(gcs, key, { from, end: range && from + range.length, signal });
  if (begun === 'missing') {
    await requireBucket(gcs, key, signal);
    return undefined;
  }
  return begun === 'empty' ? nothing() : pieces(gcs, key, { begun, from, end: range && from + range.length, signal });
}

interface Wanted {
  readonly from: number;
  /** The first byte that is not wanted; absent: all that is there. */
  readonly end: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Of the content that was begun; another one under the same key is another object. */
  readonly generation?: string | undefined;
}

interface Begun {
  readonly body: IncomingMessage;
  readonly stop: AbortController;
}

function open(gcs: Gcs, key: string, wanted: Wanted): Promise<Begun | 'missing' | 'empty'> {
  const { from, end, signal, generation } = wanted;
  return gcs.call('GetObject', { signal }, async (patience) => {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort(patience.reason);
    patience.addEventListener('abort', giveUp, { once: true });
    try {
      const whole = from === 0 && end === undefined;
      const headers = whole ? {} : { range: `bytes=${from}-${end === undefined ? '' : end - 1}` };
      const query = { alt: 'media', ...(generation !== undefined && { generation }) };
      const body = await gcs.ask({ method: 'GET', path: objectPath(key), query, headers }, stop.signal);
      if (whole || body.statusCode === 206) return { body, stop };
      body.destroy();
      throw rangeIgnored(gcs, key);
    } catch (error) {
      if (isMissing(error)) return 'missing';
      if (error instanceof Answered && error.status === 416) return 'empty';
      throw error;
    } finally {
      // From here on it is the next byte that is waited for, however long the whole takes.
      patience.removeEventListener('abort', giveUp);
    }
  });
}

/** A body that stops in the middle is asked for again from there. Leaving the loop early ends the connection. */
async function* pieces(
  gcs: Gcs,
  key: string,
  { begun, from, end, signal }: Wanted & { readonly begun: Begun },
): AsyncIterable<Uint8Array> {
  const generation = headerOf(begun.body, 'x-goog-generation');
  let current = begun;
  let at = from;
  for (let attempt = 1; ; attempt += 1) {
    try {
      for await (const piece of bytesOf(gcs, current, signal)) {
        at += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= gcs.requestAttempts || generation === undefined || !mayPass(error))
        throw gcsError(error, gcs.place, 'GetObject');
    }
    const again = await open(gcs, key, { from: at, end, signal, generation });
    if (typeof again === 'string') throw wentAway(gcs, key);
    current = again;
  }
}

async function* bytesOf(gcs: Gcs, { body, stop }: Begun, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  const end = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const silence = setTimeout(() => stop.abort(silent(gcs)), gcs.timeoutMs);
      const next = await source.next().finally(() => clearTimeout(silence));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', end);
    body.destroy();
  }
}

/** Bytes from elsewhere in the object would be taken for those that were asked for. */
function rangeIgnored({ place }: Gcs, key: string): BackupError {
  const message = `${place} answers a part of "${key}" with something else than that part; look at what stands between it and us`;
  return new BackupError('StorageUnreachable', 'transient', message);
}

function silent({ place, timeoutMs }: Gcs): BackupError {
  return new BackupError(
    'StorageUnreachable',
    'transient',
    `${place} sent nothing for ${timeoutMs} ms in the middle of an object; it is tried again`,
  );
}

function wentAway({ place }: Gcs, key: string): BackupError {
  const message = `${place}: "${key}" went away while it was read; it is tried again`;
  return new BackupError('StorageUnreachable', 'transient', message);
}

async function* nothing(): AsyncIterable<Uint8Array> {}
