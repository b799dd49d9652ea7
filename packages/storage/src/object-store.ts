import type { LifecycleRule } from '@holdfast/core';
import type { BackupError } from '@holdfast/types';
import type { ContentDigest } from './parts.ts';

/** One stored object as the store describes it. */
export interface StoredEntry {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  readonly etag?: string;
  readonly versionId?: string;
  /** The store's own checksum, `<algorithm>:<base64>`. */
  readonly checksum?: string;
  /** The store's name of its class or tier, where that is not the one that it gives by itself. Listings may leave it out. */
  readonly storageClass?: string;
  /** What was set to keep it from being removed, also when its time is over. Only `head` tells, and a store may not tell of all of it. */
  readonly lock?: Lock;
}

/** What keeps an object from being removed. */
export interface Lock {
  /** Such as `a legal hold`. */
  readonly by: string;
  /** Absent: until somebody takes it off. */
  readonly until?: Date;
}

/** No document of ours comes near this; what is larger is not ours. */
export const largestDocumentBytes = 1024 * 1024;

export interface ReadOptions {
  /** What lies beyond the end is simply not there; an offset beyond the end reads nothing. */
  readonly range?: { readonly offset: number; readonly length: number };
  /** All of it is wanted at once and it is a document, no larger than `largestDocumentBytes`: a store may have a cheaper way for that. */
  readonly small?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Created {
  /** False when the key existed already; then nothing was written and `entry` describes what is there. */
  readonly created: boolean;
  readonly entry: StoredEntry;
  /** Of the bytes that were written; absent when nothing was. */
  readonly digest?: ContentDigest;
}

export interface CreateOptions {
  readonly signal?: AbortSignal | undefined;
  /** About how many bytes will come, for a stream: it sets the size of the parts. Without it a stream may be 78 GiB long. */
  readonly sizeHint?: number | undefined;
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asks for the class that is cheap to keep and slow or costly to read; a store without one copies into its usual class. */
  readonly archive?: boolean | undefined;
  /** Size of the parts that the object was written in. Copied in the same parts it keeps a checksum that was made of theirs. */
  readonly partBytes?: number | undefined;
}

export interface Copied {
  /** False when there was something under the new key already; then nothing was written and `entry` describes that. */
  readonly created: boolean;
  readonly entry: StoredEntry;
}

/** Whether an object can be read, and under which key. */
export type Thawed =
  | { readonly state: 'Readable'; readonly key: string; readonly until?: Date }
  /** The store was asked for it and takes its time: hours, or a day. */
  | { readonly state: 'Coming' };

export interface ThawOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where a readable copy may lie, for stores that only bring back by copying. Whoever asks removes it. */
  readonly copyTo: string;
  /** How long what was brought back in its own place stays readable, for stores that take it back by themselves. */
  readonly days: number;
}

export interface Removal {
  readonly key: string;
  /** Absent when the key is gone. */
  readonly error?: BackupError;
}

/**
 * Where artifacts live. Missing is a value; every other trouble is a BackupError that names place, operation and remedy. A call
 * that its own signal ended throws the signal's reason. Keys are relative, without empty, `.` or `..` steps.
 */
export interface ObjectStore {
  /** For messages, such as `bucket "orders" at https://…` or `folder /x`; never a credential. */
  readonly place: string;
  /** Streams every object below a prefix, which is empty or ends with a slash. The order is not promised. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredEntry>;
  head(key: string, signal?: AbortSignal): Promise<StoredEntry | undefined>;
  /** The bytes, which must be iterated: leaving the loop early frees what the stream holds. */
  read(key: string, options?: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Writes once: an existing key is never overwritten, and nobody sees half an object. A call whose answer got lost may answer
   * `created: false` although it wrote; whoever must know compares the content.
   */
  create(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: CreateOptions): Promise<Created>;
  /**
   * Copies an object inside the store, whose bytes do not pass us, and never overwrites. A copy whose answer got lost may answer
   * `created: false`, as `create` does. Undefined when there is nothing to copy.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<Copied | undefined>;
  /** Removes the object, all its versions included; absent is fine. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** Removes in the provider's batches; one answer for each key, in the order asked. Throws only when no batch could be sent. */
  removeMany(keys: readonly string[], signal?: AbortSignal): Promise<readonly Removal[]>;
  /** Proves that listing and writing are allowed, and leaves nothing behind. `prefix` is where it looks. */
  probe(signal?: AbortSignal, prefix?: string): Promise<void>;
  /** The store's own clock. */
  now(signal?: AbortSignal, prefix?: string): Promise<Date>;
  /** Drops what uploads that began before a time left unfinished below a prefix; answers how many there were. */
  abortStaleUploads?(prefix: string, olderThan: Date, signal?: AbortSignal): Promise<number>;
  /**
   * Says whether an object of the archive class can be read, and asks for it where that takes time; repeating it is harmless. Undefined
   * when the object is not there. Absent where everything can be read at once.
   */
  thaw?(key: string, options: ThawOptions): Promise<Thawed | undefined>;
  /**
   * The rules by which the store itself removes or freezes objects of this place. Often nobody but the bucket's owner may ask. Absent where
   * there are none, or where data access does not show them (Azure).
   */
  lifecycleRules?(signal?: AbortSignal): Promise<readonly LifecycleRule[]>;
}
