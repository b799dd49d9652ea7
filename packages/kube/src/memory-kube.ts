import type { Kube, ListOptions, ObjectKey, Page, WatchEvent, WatchOptions } from './kube.ts';
import { KubeError } from './kube-error.ts';
import type { KubeDraft, KubeObject } from './objects.ts';
import { resources, type ResourceType } from './resources.ts';
import { mergePatch } from './memory/merge-patch.ts';
import { matchesFields, matchesLabels } from './memory/selectors.ts';
import { Store, type Change } from './memory/store.ts';

/** A `Kube` without a server, and what tests ask of it besides. */
export interface MemoryKube extends Kube {
  /** Adds an object with everything it carries (status, uid, times), as if it had always been there. */
  put<T extends KubeObject, D extends KubeDraft>(type: ResourceType<T>, draft: D): T;
  /** Every object of a kind, now. */
  all<T extends KubeObject>(type: ResourceType<T>): T[];
  /** Text that `podLog` gives for a container. */
  setLog(key: { readonly namespace: string; readonly name: string }, container: string, text: string): void;
  /** From now on the kind is not served, as when its CRD is missing. */
  unserve(type: ResourceType): void;
  /** The next call of that name fails with the error before it does anything. */
  failNext(call: keyof Kube, error: Error): void;
  /** Forgets old versions: watches that want to go on from them learn `expired`. */
  forgetChanges(): void;
}

/** A pretended cluster in memory that passes the contract of `Kube`; `now` gives its timestamps. */
export function memoryKube(now: () => Date = () => new Date()): MemoryKube {
  const store = new Store(now);
  const logs = new Map<string, string>();
  const servedKinds = new Set(Object.values(resources).map(pathOf));
  const failures = new Map<keyof Kube, Error[]>();

  const enter = (call: keyof Kube, signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    const error = failures.get(call)?.shift();
    if (error) throw error;
  };
  const served = (type: ResourceType): boolean => servedKinds.has(pathOf(type));
  const mustServe = (type: ResourceType): void => {
    if (!served(type)) throw new KubeError('terminal', `the API server does not serve ${type.plural}`, { status: 404 });
  };
  const find = (type: ResourceType, key: ObjectKey): KubeObject | undefined =>
    served(type) ? store.find(type, key) : undefined;

  const kube: MemoryKube = {
    async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, signal?: AbortSignal) {
      enter('get', signal);
      return find(type, key) as T | undefined;
    },

    async *list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}, signal?: AbortSignal) {
      enter('list', signal);
      let continueToken: string | undefined;
      do {
        const page = await kube.listPage(type, { ...options, ...(continueToken && { continueToken }) }, signal);
        if (page === 'unserved') return;
        if (page === 'expired') throw new KubeError('transient', `the list of ${type.plural} expired`, { status: 410 });
        yield* page.items;
        continueToken = page.continueToken;
      } while (continueToken);
    },

    async listPage<T extends KubeObject>(
      type: ResourceType<T>,
      options: ListOptions & { continueToken?: string } = {},
      signal?: AbortSignal,
    ): Promise<Page<T> | 'expired' | 'unserved'> {
      enter('listPage', signal);
      if (!served(type)) return 'unserved';
      const fitting = store.all(type).filter((object) => selects(type, options, object));
      const start = Number(options.continueToken ?? 0);
      const end = start + (options.limit ?? 500);
      const items = fitting.slice(start, end) as T[];
      const more = end < fitting.length ? { continueToken: String(end) } : {};
      return { items, resourceVersion: String(store.version), ...more };
    },

    async create<T extends KubeObject, D extends KubeDraft>(type: ResourceType<T>, draft: D, signal?: AbortSignal) {
      enter('create', signal);
      mustServe(type);
      const existing = store.find(type, draft.metadata);
      if (existing) return { created: false, object: existing as T };
      // A real server takes no status with the creation of a kind whose status is written apart.
      const content = type.statusSubresource ? withStatus(draft, undefined) : draft;
      return { created: true, object: store.add(type, content) as T };
    },

    async replace<T extends KubeObject>(type: ResourceType<T>, object: T, signal?: AbortSignal) {
      enter('replace', signal);
      return write<T>(type, object, (before) =>
        type.statusSubresource ? withStatus(object, statusOf(before)) : object,
      );
    },

    async replaceStatus<T extends KubeObject>(type: ResourceType<T>, object: T, signal?: AbortSignal) {
      enter('replaceStatus', signal);
      return write<T>(type, object, (before) => withStatus(before, statusOf(object)));
    },

    async mergePatch<T extends KubeObject>(
      type: ResourceType<T>,
      key: ObjectKey,
      patch: Readonly<Record<string, unknown>>,
      options: { subresource?: 'status' } = {},
      signal?: AbortSignal,
    ) {
      enter('mergePatch', signal);
      const before = find(type, key);
      if (!before) return 'gone';
      const patched = mergePatch(before, patch) as KubeObject;
      if (patched.metadata.resourceVersion !== before.metadata.resourceVersion) return 'conflict';
      const status = statusOf(options.subresource ? patched : before);
      if (options.subresource) return store.change(type, before, withStatus(before, status)) as T;
      return store.change(type, before, type.statusSubresource ? withStatus(patched, status) : patched) as T;
    },

    async remove(type, key, { uid, propagation }, signal) {
      enter('remove', signal);
      const object = find(type, key);
      if (!object) return 'absent';
      if (uid !== undefined && object.metadata.uid !== uid) return 'replaced';
      store.remove(type, object, propagation);
      return 'removed';
    },

    async *watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions, signal?: AbortSignal) {
      enter('watch', signal);
      mustServe(type);
      const ended = endOf(options, signal);
      options.onOpen?.();
      let seen = Number(options.resourceVersion);
      while (true) {
        const next = store.changed();
        const changes = store.since(seen);
        if (!changes) return yield { kind: 'expired' };
        for (const change of changes) {
          seen = change.version;
          const event = eventFor<T>(type, options, change);
          if (event) yield event;
        }
        if ((await Promise.race([next, ended])) === 'ended') return signal?.throwIfAborted();
      }
    },

    async podLog(key, options, signal) {
      enter('podLog', signal);
      const text = logs.get(`${key.namespace}/${key.name}/${options.container}`);
      if (text === undefined) return undefined;
      const lines = text.split(/(?<=\n)/);
      const wanted =
        options.tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tailLines));
      return bytesOf(wanted.join(''), options.limitBytes);
    },

    close() {},

    put<T extends KubeObject, D extends KubeDraft>(type: ResourceType<T>, draft: D) {
      const before = store.find(type, draft.metadata);
      const whole = before && { ...draft, metadata: { ...before.metadata, ...draft.metadata } };
      return (before && whole ? store.change(type, before, whole) : store.add(type, draft)) as T;
    },
    all: <T extends KubeObject>(type: ResourceType<T>) => store.all(type) as T[],
    setLog: (key, container, text) => void logs.set(`${key.namespace}/${key.name}/${container}`, text),
    unserve: (type) => void servedKinds.delete(pathOf(type)),
    failNext: (call, error) => void failures.set(call, [...(failures.get(call) ?? []), error]),
    forgetChanges: () => store.forgetChanges(),
  };

  function write<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    content: (before: KubeObject) => KubeObject,
  ): T | 'conflict' | 'gone' {
    const before = find(type, object.metadata);
    if (!before) return 'gone';
    const { resourceVersion, uid } = object.metadata;
    if (uid !== before.metadata.uid || resourceVersion !== before.metadata.resourceVersion) return 'conflict';
    return store.change(type, before, content(before)) as T;
  }

  return kube;
}

function pathOf(type: ResourceType): string {
  return `${type.group}/${type.plural}`;
}

function selects(type: ResourceType, options: ListOptions, object: KubeObject): boolean {
  const here = !type.namespaced || options.namespace === undefined || object.metadata.namespace === options.namespace;
  return here && matchesLabels(object, options.labelSelector) && matchesFields(object, options.fieldSelector);
}

function eventFor<T>(type: ResourceType, options: WatchOptions, change: Change): WatchEvent<T> | undefined {
  const fits = (object: KubeObject | undefined): boolean => object !== undefined && selects(type, options, object);
  const same = change.type.group === type.group && change.type.plural === type.plural;
  if (!same || (!fits(change.object) && !fits(change.previous))) return undefined;
  const event = { object: change.object as T, resourceVersion: String(change.version) };
  // What begins or ceases to fit the selector comes and goes for this watcher, whatever happened to the object.
  if (!fits(change.object)) return { kind: 'deleted', ...event };
  return { kind: change.kind === 'modified' && !fits(change.previous) ? 'added' : change.kind, ...event };
}

function endOf(options: WatchOptions, signal: AbortSignal | undefined): Promise<'ended'> {
  const { promise, resolve } = Promise.withResolvers<'ended'>();
  signal?.addEventListener('abort', () => resolve('ended'), { once: true });
  if (options.timeoutSeconds) setTimeout(() => resolve('ended'), options.timeoutSeconds * 1000).unref();
  return promise;
}

function statusOf(object: KubeObject): unknown {
  return 'status' in object ? object.status : undefined;
}

function withStatus<T extends object>(object: T, status: unknown): T {
  const { status: _, ...rest } = { status: undefined, ...object };
  return (status === undefined ? rest : { ...rest, status }) as T;
}

async function* bytesOf(text: string, limitBytes: number | undefined): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text).subarray(0, limitBytes);
}
