import type { KubeDraft, KubeObject } from './objects.ts';
import type { ResourceType } from './resources.ts';

export interface ObjectKey {
  /** Absent for kinds without a namespace. */
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects per page, not in all; default 500. */
  readonly limit?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Version of the listing: a watch from here misses nothing. */
  readonly resourceVersion: string;
  /** Present while more pages follow. */
  readonly continueToken?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Where to go on: of a listing, an object or a bookmark. */
  readonly resourceVersion: string;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds?: number;
  /** No byte for this long ends the watch with an error: a half-open connection never says so itself. */
  readonly silenceMs?: number;
  /** Called once the server has taken the watch: from then on its events come. */
  readonly onOpen?: () => void;
}

/** `expired`: the version is too old to go on from; list again. It is the last event. */
export type WatchEvent<T> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: T; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'expired' };

export interface RemoveOptions {
  /** Only the object with this UID is removed, never a later one of the same name. */
  readonly uid?: string;
  readonly propagation: 'Foreground' | 'Background' | 'Orphan';
}

export interface PodLogOptions {
  readonly container: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly sinceSeconds?: number;
  /** Of the container's instance before the present one. */
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  /** Stay until the container ends; the call's time limit then covers only the beginning of the answer. */
  readonly follow?: boolean;
}

/**
 * The Kubernetes API, as small as Holdfast needs it. Missing, conflict and "already there" are values; every other trouble is a
 * `KubeError` with a fate, and an unknown error is never taken for "missing". Calls have a time limit and repeat themselves a few
 * times where repeating is harmless.
 */
export interface Kube {
  /** `undefined` when the object, or the whole kind (its CRD is not installed), does not exist. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T | undefined>;

  /** Every object, page by page. A kind that is not served has none. */
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions, signal?: AbortSignal): AsyncIterable<T>;

  /** One page. `expired`: the token is too old, begin again. `unserved`: the kind does not exist here. */
  listPage<T extends KubeObject>(
    type: ResourceType<T>,
    options?: ListOptions & { readonly continueToken?: string },
    signal?: AbortSignal,
  ): Promise<Page<T> | 'expired' | 'unserved'>;

  /** An object of this name that exists already is given back with `created: false`; whether it is ours is the caller's question. */
  create<T extends KubeObject, D extends KubeDraft = KubeDraft>(
    type: ResourceType<T>,
    draft: D,
    signal?: AbortSignal,
  ): Promise<{ readonly created: boolean; readonly object: T }>;

  /** Replaces all but the status. `conflict`: the object has changed since it was read, or is another one of the same name. */
  replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'>;

  /** Replaces the status, under the same conditions. Of built-in kinds a real server also takes labels and annotations: hand in what was read. */
  replaceStatus<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'>;

  /** RFC 7386: `null` removes a field, lists are replaced whole. `conflict` only when the patch carries a resourceVersion. */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    options?: { readonly subresource?: 'status' },
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'>;

  /**
   * Asks for the removal: `removed` says that it was accepted, not that finalizers and dependents are done.
   * `replaced`: an object of this name exists, but not the one with that UID.
   */
  remove(
    type: ResourceType,
    key: ObjectKey,
    options: RemoveOptions,
    signal?: AbortSignal,
  ): Promise<'removed' | 'absent' | 'replaced'>;

  /** Changes since a version, until the server ends the stream. Errors end it with a `KubeError`. `reflect` is the way to stay informed. */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal?: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;

  /** A container's output; `undefined` when the pod is gone or the container has not started yet. */
  podLog(
    key: { readonly namespace: string; readonly name: string },
    options: PodLogOptions,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | undefined>;

  /** Closes idle connections. Calls under way are ended by their signals. */
  close(): void;
}
