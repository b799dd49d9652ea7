import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, opendir, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BackupError } from '@holdfast/types';
import { requireKey, requirePrefix } from '../keys.ts';
import type { ObjectStore, ReadOptions, StoredEntry } from '../object-store.ts';
import { codeOf, directoryError } from './directory-error.ts';
import { isOwnFile, locate } from './locate.ts';
import { copyOnce, isPartial, partialEnding, writeOnce } from './write-once.ts';

export interface DirectoryOptions {
  readonly place?: string;
  /** Clock that new files are dated with and `now` answers; the file system's own by default. For dev clusters. */
  readonly now?: () => Date;
}

/**
 * A folder as a store: a mounted claim, seen from a pod. Objects are plain files; folders come and go with them. The root
 * itself must exist: a volume that is not mounted is trouble, not an empty store.
 */
export function openDirectory(folder: string, options: DirectoryOptions = {}): ObjectStore {
  const root = resolve(folder);
  const place = options.place ?? `folder ${root}`;
  const file = async (key: string): Promise<string> => {
    await requireRoot(root, place);
    return locate(root, requireKey(key, place), place);
  };
  const named = async <T>(operation: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw directoryError(error, place, operation);
    }
  };
  const remove = async (key: string): Promise<void> => {
    const path = await file(key);
    await unlink(path).catch(ignoreAbsent);
    await removeEmptyFolders(root, dirname(path));
  };
  return {
    place,
    async *list(prefix, signal) {
      requirePrefix(prefix, place);
      try {
        await requireRoot(root, place);
        await locate(root, prefix === '' ? '.' : prefix, place);
        yield* walk({ root, place, signal }, prefix);
      } catch (error) {
        signal?.throwIfAborted();
        throw directoryError(error, place, 'listing');
      }
    },
    head: (key, signal) => named(`looking at "${key}"`, signal, async () => entryOf(key, await file(key))),
    read: (key, readOptions = {}) =>
      named(`reading "${key}"`, readOptions.signal, async () => {
        const path = await file(key);
        return (
          (await entryOf(key, path)) &&
          bytesOf(path, readOptions, (error) => directoryError(error, place, `reading "${key}"`))
        );
      }),
    create: (key, body, { signal, sizeHint } = {}) =>
      named(`writing "${key}"`, signal, async () => {
        const path = await file(key);
        const digest = await writeOnce(path, body, { signal, sizeHint, date: options.now?.() });
        const entry = await entryOf(key, path);
        if (!entry)
          throw new BackupError(
            'StorageUnreachable',
            'transient',
            `${place}: "${key}" went away while it was written; it is tried again`,
          );
        return digest ? { created: true, entry, digest } : { created: false, entry };
      }),
    copy: (from, to, { signal } = {}) =>
      named(`copying "${from}"`, signal, async () => {
        const [source, target] = [await file(from), await file(to)];
        const [found, before] = [await entryOf(from, source), await entryOf(to, target)];
        if (!found) return undefined;
        if (before) return { created: false, entry: before };
        // A link to a file is itself a name only; the copy is the file's.
        const created = await copyOnce(await realpath(source), target, { signal });
        return { created, entry: (await entryOf(to, target)) ?? { ...found, key: to } };
      }),
    remove: (key, signal) => named(`removing "${key}"`, signal, () => remove(key)),
    async removeMany(keys, signal) {
      for (const key of keys) requireKey(key, place);
      const removals = [];
      for (const key of keys) {
        signal?.throwIfAborted();
        const error = await remove(key).then(
          () => undefined,
          (cause: unknown) => directoryError(cause, place, `removing "${key}"`),
        );
        if (error !== undefined && !(error instanceof BackupError)) throw error;
        removals.push(error ? { key, error } : { key });
      }
      return removals;
    },
    probe: (signal, prefix = '') =>
      named('a test write', signal, async () => void (await stampOf(root, prefix, place))),
    now: (signal, prefix = '') =>
      named('a test write', signal, async () => options.now?.() ?? stampOf(root, prefix, place)),
    abortStaleUploads: (prefix, olderThan, signal) =>
      named('looking for unfinished files', signal, async () => {
        await locate(root, requirePrefix(prefix, place) || '.', place);
        return removePartials({ root, place, signal }, prefix, olderThan);
      }),
  };
}

interface Walk {
  readonly root: string;
  readonly place: string;
  readonly signal: AbortSignal | undefined;
}

async function* walk(at: Walk, prefix: string): AsyncIterable<StoredEntry> {
  for await (const { key, path, name } of filesBelow(at, prefix)) {
    const entry = isPartial(name) ? undefined : await entryOf(key, path);
    if (entry) yield entry;
  }
}

async function* filesBelow(at: Walk, prefix: string): AsyncIterable<{ key: string; path: string; name: string }> {
  at.signal?.throwIfAborted();
  const folder = await opendir(join(at.root, prefix)).catch(ignoreAbsent);
  if (!folder) return;
  for await (const child of folder) {
    at.signal?.throwIfAborted();
    const path = join(at.root, prefix, child.name);
    // A fresh ext4 volume comes with a folder that only root can read.
    if (child.isDirectory() && !(prefix === '' && child.name === 'lost+found'))
      yield* filesBelow(at, `${prefix}${child.name}/`);
    else if (child.isFile() || (child.isSymbolicLink() && (await isOwnFile(at.root, path, at.place))))
      yield { key: prefix + child.name, path, name: child.name };
  }
}

async function removePartials(at: Walk, prefix: string, olderThan: Date): Promise<number> {
  let count = 0;
  for await (const { path, name } of filesBelow(at, prefix)) {
    if (!isPartial(name) || (await lstat(path)).mtime >= olderThan) continue;
    await unlink(path).catch(ignoreAbsent);
    count += 1;
  }
  return count;
}

async function entryOf(key: string, path: string): Promise<StoredEntry | undefined> {
  const found = await stat(path).catch(ignoreAbsent);
  return found?.isFile() ? { key, bytes: found.size, modifiedAt: found.mtime } : undefined;
}

/** Opened at the first piece, so that a body nobody iterates holds nothing. */
async function* bytesOf(
  path: string,
  { range, signal }: ReadOptions,
  translate: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  if (range?.length === 0) return;
  const part = range ? { start: range.offset, end: range.offset + range.length - 1 } : {};
  try {
    for await (const piece of createReadStream(path, { ...part, highWaterMark: 1 << 20, signal })) yield piece;
  } catch (error) {
    signal?.throwIfAborted();
    throw translate(error);
  }
}

/** The file system's own time, read off a file that is made for it and removed again. Proves that writing is allowed, too. */
async function stampOf(root: string, prefix: string, place: string): Promise<Date> {
  await requireRoot(root, place);
  const path = await locate(root, join(prefix, `.${randomUUID()}${partialEnding}`), place);
  await writeOnce(path, new Uint8Array(1), {});
  try {
    return (await stat(path)).mtime;
  } finally {
    await unlink(path).catch(ignoreAbsent);
    await removeEmptyFolders(root, dirname(path));
  }
}

async function requireRoot(root: string, place: string): Promise<void> {
  const found = await stat(root).catch(ignoreAbsent);
  if (found?.isDirectory()) return;
  throw new BackupError('StorageUnreachable', 'transient', `${place} does not exist; mount the volume there`);
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; at !== root && at.startsWith(root); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      const code = codeOf(error);
      // Somebody else's file keeps the folder, or somebody else removed it first; a file in its place is nobody's folder.
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EBUSY') return;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    }
  }
}

function ignoreAbsent(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
