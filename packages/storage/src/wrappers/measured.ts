import { BackupError, type Reason } from '@holdfast/types';
import type { ObjectStore, StoredEntry, ThawOptions } from '../object-store.ts';

/** One call as a metric sees it. */
export interface Measurement {
  readonly operation:
    | 'list'
    | 'head'
    | 'read'
    | 'create'
    | 'copy'
    | 'remove'
    | 'removeMany'
    | 'probe'
    | 'now'
    | 'abortStaleUploads'
    | 'thaw'
    | 'lifecycleRules';
  readonly durationMs: number;
  /** `ok`, the reason of the failure, or `Aborted` when the caller ended it. */
  readonly outcome: 'ok' | 'Aborted' | Reason;
}

/** Tells of every call when it has ended: a listing at its end, a read when its first byte may be taken. */
export function measured(store: ObjectStore, observe: (measurement: Measurement) => void): ObjectStore {
  const watch = async <T>(
    operation: Measurement['operation'],
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    const startedAt = performance.now();
    const tell = (outcome: Measurement['outcome']): void =>
      observe({ operation, durationMs: performance.now() - startedAt, outcome });
    try {
      const value = await work();
      tell('ok');
      return value;
    } catch (error) {
      tell(outcomeOf(error, signal));
      throw error;
    }
  };
  const { abortStaleUploads, lifecycleRules, thaw } = store;
  return {
    place: store.place,
    list: (prefix, signal) => listing(store.list(prefix, signal), { observe, signal }),
    head: (key, signal) => watch('head', signal, () => store.head(key, signal)),
    read: (key, options) => watch('read', options?.signal, () => store.read(key, options)),
    create: (key, body, options) => watch('create', options?.signal, () => store.create(key, body, options)),
    copy: (from, to, options) => watch('copy', options?.signal, () => store.copy(from, to, options)),
    remove: (key, signal) => watch('remove', signal, () => store.remove(key, signal)),
    removeMany: (keys, signal) => watch('removeMany', signal, () => store.removeMany(keys, signal)),
    probe: (signal, prefix) => watch('probe', signal, () => store.probe(signal, prefix)),
    now: (signal, prefix) => watch('now', signal, () => store.now(signal, prefix)),
    ...(abortStaleUploads && {
      abortStaleUploads: (prefix: string, olderThan: Date, signal?: AbortSignal) =>
        watch('abortStaleUploads', signal, () => abortStaleUploads.call(store, prefix, olderThan, signal)),
    }),
    ...(thaw && {
      thaw: (key: string, options: ThawOptions) => watch('thaw', options.signal, () => thaw.call(store, key, options)),
    }),
    ...(lifecycleRules && {
      lifecycleRules: (signal?: AbortSignal) =>
        watch('lifecycleRules', signal, () => lifecycleRules.call(store, signal)),
    }),
  };
}

async function* listing(
  entries: AsyncIterable<StoredEntry>,
  { observe, signal }: { observe: (measurement: Measurement) => void; signal: AbortSignal | undefined },
): AsyncIterable<StoredEntry> {
  const startedAt = performance.now();
  let outcome: Measurement['outcome'] = 'ok';
  try {
    yield* entries;
  } catch (error) {
    outcome = outcomeOf(error, signal);
    throw error;
  } finally {
    observe({ operation: 'list', durationMs: performance.now() - startedAt, outcome });
  }
}

function outcomeOf(error: unknown, signal: AbortSignal | undefined): Measurement['outcome'] {
  if (signal?.aborted) return 'Aborted';
  return error instanceof BackupError ? error.reason : 'UnexpectedError';
}
