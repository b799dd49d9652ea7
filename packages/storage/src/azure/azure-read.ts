import { BackupError } from '@holdfast/types';
import type { ReadOptions } from '../object-store.ts';
import type { Azure } from './azure-client.ts';
import { azureError, isMissing, statusOf } from './azure-error.ts';
import { headBlob } from './azure-head.ts';

export async function readBlob(
  azure: Azure,
  key: string,
  { range, signal }: ReadOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  // HTTP cannot ask for no bytes at all.
  if (range?.length === 0) return (await headBlob(azure, key, signal)) && nothing();
  const stop = new AbortController();
  const body = await azure.call('GetBlob', { signal }, async (patience) => {
    const giveUp = (): void => stop.abort(patience.reason);
    patience.addEventListener('abort', giveUp, { once: true });
    try {
      const answer = await azure.container
        .getBlobClient(key)
        .download(range?.offset ?? 0, range?.length, { abortSignal: stop.signal, maxRetryRequests: 2 });
      return answer.readableStreamBody ?? nothing();
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (statusOf(error) === 416) return nothing();
      throw error;
    } finally {
      // From here on it is the next byte that is waited for, however long the whole takes.
      patience.removeEventListener('abort', giveUp);
    }
  });
  return body && pieces(azure, body as AsyncIterable<Uint8Array>, { signal, stop });
}

/** Leaving the loop early destroys the stream, and with it the connection. */
async function* pieces(
  azure: Azure,
  body: AsyncIterable<Uint8Array>,
  { signal, stop }: { signal: AbortSignal | undefined; stop: AbortController },
): AsyncIterable<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  const end = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const silence = setTimeout(() => stop.abort(silent(azure)), azure.timeoutMs);
      const next = await source.next().finally(() => clearTimeout(silence));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw azureError(stop.signal.aborted ? stop.signal.reason : interrupted(error, azure), azure.place, 'GetBlob');
  } finally {
    signal?.removeEventListener('abort', end);
    await source.return?.();
  }
}

function silent({ place, timeoutMs }: Azure): BackupError {
  return new BackupError(
    'StorageUnreachable',
    'transient',
    `${place} sent nothing for ${timeoutMs} ms in the middle of a blob; it is tried again`,
  );
}

/** The SDK's own errors about a body that ended early have neither code nor status. */
function interrupted(error: unknown, { place }: Azure): unknown {
  if (statusOf(error) !== undefined || !(error instanceof Error) || error.name !== 'Error' || 'code' in error)
    return error;
  const message = `${place} stopped in the middle of a blob; it is tried again`;
  return new BackupError('StorageUnreachable', 'transient', message, { cause: error });
}

async function* nothing(): AsyncIterable<Uint8Array> {}
