import { clone, equal } from './json.ts';
import type { KubeObject } from './kube-object.ts';

/** One change, as watchers and controllers see it. `previous` is absent for ADDED. */
export interface Change {
  readonly revision: number;
  /** `<plural>.<group>`: all versions of a kind share one shelf. */
  readonly shelf: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** How many changes a watcher may lag behind before it must list again. */
export const HISTORY_LENGTH = 10_000;

/**
 * All objects, in memory, with one growing revision and a bounded memory of changes.
 * Objects handed out are shared: callers clone before they change anything.
 */
export class Store {
  readonly #shelves = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #historyLength: number;
  #history: Change[] = [];
  #forgotten = 0;
  #revision = 1;

  constructor(historyLength: number = HISTORY_LENGTH) {
    this.#historyLength = historyLength;
  }

  /** The revision of the newest change. */
  get revision(): number {
    return this.#revision;
  }

  /** One object, or `undefined`. Cluster-wide objects have an empty namespace. */
  get(shelf: string, namespace: string, name: string): KubeObject | undefined {
    return this.#shelves.get(shelf)?.get(keyOf(namespace, name));
  }

  /** All objects of a shelf in key order; an empty namespace means all of them. */
  list(shelf: string, namespace = ''): KubeObject[] {
    const all = [...(this.#shelves.get(shelf) ?? [])];
    const wanted = namespace === '' ? all : all.filter(([key]) => key.startsWith(`${namespace}/`));
    return wanted.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
  }

  /** The names of all shelves that hold something. */
  shelves(): string[] {
    return [...this.#shelves].filter(([, objects]) => objects.size > 0).map(([shelf]) => shelf);
  }

  /** Stores a new state. An unchanged object keeps its resourceVersion and makes no event, as in etcd's registry. */
  put(shelf: string, object: KubeObject): KubeObject {
    const objects = this.#shelf(shelf);
    const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
    const previous = objects.get(key);
    if (previous && equal(withVersion(object, previous.metadata.resourceVersion ?? ''), previous)) return previous;
    const revision = ++this.#revision;
    const stored = withVersion(clone(object), String(revision));
    objects.set(key, stored);
    if (previous) this.#tell({ revision, shelf, type: 'MODIFIED', object: stored, previous });
    else this.#tell({ revision, shelf, type: 'ADDED', object: stored });
    return stored;
  }

  /** Takes an object away; the event carries its last state with the revision of the removal. */
  remove(shelf: string, object: KubeObject): KubeObject {
    const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
    const previous = this.#shelves.get(shelf)?.get(key);
    if (!previous) return object;
    this.#shelf(shelf).delete(key);
    const revision = ++this.#revision;
    const last = withVersion(clone(object), String(revision));
    this.#tell({ revision, shelf, type: 'DELETED', object: last, previous });
    return last;
  }

  /** Changes after a revision, or `undefined` when some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#forgotten) return undefined;
    const first = this.#history.findIndex((change) => change.revision > revision);
    return first < 0 ? [] : this.#history.slice(first);
  }

  /** Calls back synchronously for each change, in order. Returns the way to stop. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #shelf(shelf: string): Map<string, KubeObject> {
    const found = this.#shelves.get(shelf);
    if (found) return found;
    const made = new Map<string, KubeObject>();
    this.#shelves.set(shelf, made);
    return made;
  }

  #tell(change: Change): void {
    this.#history.push(change);
    // Cut in halves, so that a push stays cheap.
    if (this.#history.length >= this.#historyLength * 2) {
      this.#history = this.#history.slice(-this.#historyLength);
      this.#forgotten = (this.#history[0]?.revision ?? 1) - 1;
    }
    for (const listener of this.#listeners) listener(change);
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function withVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
