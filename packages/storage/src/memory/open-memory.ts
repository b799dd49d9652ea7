import type { ObjectStore, ReadOptions, StoredEntry } from '../object-store.ts';
import { collect, throwOwn } from '../bytes.ts';
import { requireKey, requirePrefix } from '../keys.ts';
import { digested, partBytesFor, type ContentDigest } from '../parts.ts';

export interface MemoryOptions {
  readonly place?: string;
  readonly now?: () => Date;
}

interface Stored {
  readonly body: Uint8Array;
  readonly entry: StoredEntry;
}

/** A store that is a Map: for tests and for trying things out. */
export function openMemory(options: MemoryOptions = {}): ObjectStore {
  const objects = new Map<string, Stored>();
  const place = options.place ?? 'memory';
  const now = options.now ?? (() => new Date());
  return {
    place,
    async *list(prefix, signal) {
      requirePrefix(prefix, place);
      for (const { entry } of [...objects.values()]) {
        signal?.throwIfAborted();
        if (entry.key.startsWith(prefix) && objects.has(entry.key)) yield entry;
      }
    },
    async head(key, signal) {
      signal?.throwIfAborted();
      return objects.get(requireKey(key, place))?.entry;
    },
    async read(key, readOptions) {
      readOptions?.signal?.throwIfAborted();
      const stored = objects.get(requireKey(key, place));
      return stored && pieces(stored.body, readOptions);
    },
    async create(key, body, { signal, sizeHint } = {}) {
      signal?.throwIfAborted();
      const before = objects.get(requireKey(key, place));
      if (before) return { created: false, entry: before.entry };
      const { pieces: taken, digest } = digested(body, partBytesFor(body, sizeHint));
      const whole = (await collect(copies(taken)).catch(throwOwn)) ?? new Uint8Array();
      signal?.throwIfAborted();
      const meanwhile = objects.get(key);
      if (meanwhile) return { created: false, entry: meanwhile.entry };
      const written = digest();
      const entry = {
        key,
        bytes: whole.length,
        modifiedAt: now(),
        etag: written.value,
        checksum: checksumOf(written, whole.length),
      };
      objects.set(key, { body: whole, entry });
      return { created: true, entry, digest: written };
    },
    async copy(from, to, { signal } = {}) {
      signal?.throwIfAborted();
      const source = objects.get(requireKey(from, place));
      const there = objects.get(requireKey(to, place));
      if (!source) return undefined;
      if (there) return { created: false, entry: there.entry };
      const entry = { ...source.entry, key: to, modifiedAt: now() };
      objects.set(to, { body: source.body, entry });
      return { created: true, entry };
    },
    async remove(key, signal) {
      signal?.throwIfAborted();
      objects.delete(requireKey(key, place));
    },
    async removeMany(keys, signal) {
      signal?.throwIfAborted();
      for (const key of keys) requireKey(key, place);
      for (const key of keys) objects.delete(key);
      return keys.map((key) => ({ key }));
    },
    async probe(signal, prefix = '') {
      signal?.throwIfAborted();
      requirePrefix(prefix, place);
    },
    async now(signal, prefix = '') {
      signal?.throwIfAborted();
      requirePrefix(prefix, place);
      return now();
    },
  };
}

/** As S3 tells it: of an upload in parts, how many there were stands behind it. */
function checksumOf({ value, partBytes }: ContentDigest, bytes: number): string {
  const parts = partBytes === undefined ? '' : `-${Math.ceil(bytes / partBytes)}`;
  return `sha256:${Buffer.from(value, 'hex').toString('base64')}${parts}`;
}

/** Many sources reuse their memory. */
async function* copies(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const piece of body) yield new Uint8Array(piece);
}

async function* pieces(body: Uint8Array, { range, signal }: ReadOptions = {}): AsyncIterable<Uint8Array> {
  const wanted = range ? body.subarray(range.offset, range.offset + range.length) : body;
  for (let at = 0; at < wanted.length; at += pieceBytes) {
    signal?.throwIfAborted();
    yield wanted.slice(at, at + pieceBytes);
  }
}

const pieceBytes = 64 * 1024;
