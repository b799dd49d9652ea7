import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient, type KubeObject } from './api-client.ts';

/** A live copy of one collection. */
export interface Reflector<T extends KubeObject> {
  get(namespace: string, name: string): T | undefined;
  all(): T[];
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
}

/**
 * Keeps a copy of the collection at `path` by list and watch until `signal` fires. Every difference is told to
 * `onChange`, deletions (also those missed while the watch was down) with `gone` set.
 */
export function startReflector<T extends KubeObject>(
  api: ApiClient,
  path: string,
  options: { signal: AbortSignal; onChange: (object: T, gone: boolean) => void; onTrouble: (text: string) => void },
): Reflector<T> {
  const copies = new Map<string, T>();
  const { promise: synced, resolve: markSynced } = Promise.withResolvers<void>();
  const put = (object: T) => {
    const before = copies.get(keyOf(object));
    if (before && before.metadata.uid !== object.metadata.uid) options.onChange(before, true);
    copies.set(keyOf(object), object);
    options.onChange(object, false);
  };
  const drop = (object: T) => {
    copies.delete(keyOf(object));
    options.onChange(object, true);
  };
  void keepUp();
  return { get: (namespace, name) => copies.get(`${namespace}/${name}`), all: () => [...copies.values()], synced };

  async function keepUp(): Promise<void> {
    let pauseMs = 100;
    while (!options.signal.aborted) {
      try {
        await follow(await relist());
        pauseMs = 100;
      } catch (error) {
        if (options.signal.aborted) return;
        options.onTrouble(`watching ${path}: ${String(error)}`);
        await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => {}); // ended while waiting
        pauseMs = Math.min(pauseMs * 2, 2_000);
      }
    }
  }

  async function relist(): Promise<string> {
    const list = await api.get<{ metadata: { resourceVersion: string }; items: T[] }>(path);
    const present = new Set(list.items.map(keyOf));
    for (const [key, object] of copies) if (!present.has(key)) drop(object);
    for (const item of list.items) {
      if (copies.get(keyOf(item))?.metadata.resourceVersion !== item.metadata.resourceVersion) put(item);
    }
    markSynced();
    return list.metadata.resourceVersion;
  }

  async function follow(from: string): Promise<void> {
    const query = `${path.includes('?') ? '&' : '?'}watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${from}`;
    for await (const { type, object } of api.watch(`${path}${query}`, options.signal)) {
      if (type === 'ERROR') throw new ApiError(object.code ?? 500, 'WatchError', 'the watch ended with an error');
      if (type === 'DELETED') drop(object as unknown as T);
      else if (type !== 'BOOKMARK') put(object as unknown as T);
    }
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
