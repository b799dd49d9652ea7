import type { ObjectStore, StoredEntry, ThawOptions } from '../object-store.ts';

/**
 * Lets at most `limit` calls be under way at a time; the others wait in line. A stream counts only while its next piece of a
 * listing is asked for: a reader that calls the store from within its loop must not wait for itself.
 */
export function limited(store: ObjectStore, limit: number): ObjectStore {
  const places = openPlaces(limit);
  const { abortStaleUploads, lifecycleRules, thaw } = store;
  return {
    place: store.place,
    list: (prefix, signal) => listing(store.list(prefix, signal), (work) => places(signal, work)),
    head: (key, signal) => places(signal, () => store.head(key, signal)),
    read: (key, options) => places(options?.signal, () => store.read(key, options)),
    create: (key, body, options) => places(options?.signal, () => store.create(key, body, options)),
    copy: (from, to, options) => places(options?.signal, () => store.copy(from, to, options)),
    remove: (key, signal) => places(signal, () => store.remove(key, signal)),
    removeMany: (keys, signal) => places(signal, () => store.removeMany(keys, signal)),
    probe: (signal, prefix) => places(signal, () => store.probe(signal, prefix)),
    now: (signal, prefix) => places(signal, () => store.now(signal, prefix)),
    ...(abortStaleUploads && {
      abortStaleUploads: (prefix: string, olderThan: Date, signal?: AbortSignal) =>
        places(signal, () => abortStaleUploads.call(store, prefix, olderThan, signal)),
    }),
    ...(thaw && {
      thaw: (key: string, options: ThawOptions) => places(options.signal, () => thaw.call(store, key, options)),
    }),
    ...(lifecycleRules && {
      lifecycleRules: (signal?: AbortSignal) => places(signal, () => lifecycleRules.call(store, signal)),
    }),
  };
}

type Places = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>;

function openPlaces(limit: number): Places {
  const line: (() => void)[] = [];
  let free = limit;
  const take = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (free > 0) return void (free -= 1);
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        line.splice(line.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      line.push(enter);
    });
  };
  const give = (): void => {
    const next = line.shift();
    if (next) next();
    else free += 1;
  };
  return async (signal, work) => {
    await take(signal);
    try {
      return await work();
    } finally {
      give();
    }
  };
}

async function* listing(
  entries: AsyncIterable<StoredEntry>,
  inPlace: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncIterable<StoredEntry> {
  const begun = entries[Symbol.asyncIterator]();
  try {
    for (let next = await inPlace(() => begun.next()); !next.done; next = await inPlace(() => begun.next()))
      yield next.value;
  } finally {
    await begun.return?.();
  }
}
