import { rulesBelow } from '@holdfast/core';
import type { ObjectStore, StoredEntry, ThawOptions } from './object-store.ts';
import { requireKey, requirePrefix } from './keys.ts';

/** The part of a store below a folder, such as a backup's; keys that would leave the folder are refused. */
export function below(store: ObjectStore, folder: string): ObjectStore {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  const place = prefix === '' ? store.place : `${store.place}, folder ${prefix.slice(0, -1)}`;
  requirePrefix(prefix, store.place);
  if (prefix === '') return store;
  const key = (name: string): string => prefix + requireKey(name, place);
  const under = (name: string): string => prefix + requirePrefix(name, place);
  const own = (entry: StoredEntry): StoredEntry => ({ ...entry, key: entry.key.slice(prefix.length) });
  const { abortStaleUploads, lifecycleRules, thaw } = store;
  return {
    place,
    async *list(name, signal) {
      for await (const entry of store.list(under(name), signal)) yield own(entry);
    },
    async head(name, signal) {
      const entry = await store.head(key(name), signal);
      return entry && own(entry);
    },
    read: async (name, options) => store.read(key(name), options),
    async create(name, body, options) {
      const created = await store.create(key(name), body, options);
      return { ...created, entry: own(created.entry) };
    },
    async copy(from, to, options) {
      const copied = await store.copy(key(from), key(to), options);
      return copied && { ...copied, entry: own(copied.entry) };
    },
    remove: async (name, signal) => store.remove(key(name), signal),
    async removeMany(names, signal) {
      const removals = await store.removeMany(names.map(key), signal);
      return removals.map((removal) => ({ ...removal, key: removal.key.slice(prefix.length) }));
    },
    probe: (signal, name = '') => store.probe(signal, prefix + name),
    now: (signal, name = '') => store.now(signal, prefix + name),
    ...(abortStaleUploads && {
      abortStaleUploads: (name: string, olderThan: Date, signal?: AbortSignal) =>
        abortStaleUploads.call(store, under(name), olderThan, signal),
    }),
    ...(thaw && {
      async thaw(name: string, options: ThawOptions) {
        const thawed = await thaw.call(store, key(name), { ...options, copyTo: key(options.copyTo) });
        return thawed?.state === 'Readable' ? { ...thawed, key: thawed.key.slice(prefix.length) } : thawed;
      },
    }),
    ...(lifecycleRules && {
      lifecycleRules: async (signal?: AbortSignal) => rulesBelow(await lifecycleRules.call(store, signal), prefix),
    }),
  };
}
