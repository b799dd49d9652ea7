import type { ObjectStore, Removal, StoredEntry, ThawOptions } from '../object-store.ts';
import { mayPass } from './may-pass.ts';
import { adapt, fullPace } from './pace.ts';

/**
 * Lets at most `limit` calls be under way at a time, and fewer while the store has trouble; the others wait in line. Belongs below `retrying`,
 * so that it sees each try and no place is held while one waits for the next. A stream counts only while its next piece of a
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

function openPlaces(ceiling: number): Places {
  const line: (() => void)[] = [];
  let pace = fullPace(ceiling);
  let under = 0;
  let ended = 0;
  const take = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (under < pace.limit) return void (under += 1);
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
    under -= 1;
    while (under < pace.limit) {
      const next = line.shift();
      if (!next) return;
      under += 1;
      next();
    }
  };
  const learn = (well: boolean, beganAfter: number): void => {
    ended += 1;
    pace = adapt(pace, { well, beganAfter }, ended, ceiling);
  };
  return async (signal, work) => {
    await take(signal);
    const beganAfter = ended;
    try {
      const answer = await work();
      learn(!isOverburdened(answer), beganAfter);
      return answer;
    } catch (error) {
      if (!signal?.aborted) learn(!mayPass(error), beganAfter);
      throw error;
    } finally {
      give();
    }
  };
}

/** Removals tell key by key what became of them. */
function isOverburdened(answer: unknown): boolean {
  return Array.isArray(answer) && answer.some((one: Partial<Removal>) => mayPass(one.error));
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
