import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeDraft, KubeObject } from '../objects.ts';
import { apiVersionOf, type ResourceType } from '../resources.ts';
import type { ObjectKey, RemoveOptions } from '../kube.ts';
import { frozen } from './frozen.ts';

export interface Change {
  readonly version: number;
  readonly kind: 'added' | 'modified' | 'deleted';
  readonly type: ResourceType;
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

interface Entry {
  readonly type: ResourceType;
  object: KubeObject;
}

/**
 * Objects of one pretended cluster: versions, finalizers, generations and dependents behave as on a real server. All of them are frozen, and
 * are handed out as they are.
 */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => Date;
  #changes: Change[] = [];
  #version = 0;
  #forgotten = 0;
  #wake = Promise.withResolvers<void>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  find(type: ResourceType, key: ObjectKey): KubeObject | undefined {
    return this.#entries.get(keyOf(type, key))?.object;
  }

  /** In the order of their keys, as a real listing. */
  all(type: ResourceType): KubeObject[] {
    const prefix = `${type.group}/${type.plural}/`;
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    return keys.flatMap((key) => this.#entries.get(key)?.object ?? []);
  }

  add(type: ResourceType, draft: KubeDraft): KubeObject {
    const metadata = {
      ...draft.metadata,
      uid: draft.metadata.uid ?? randomUUID(),
      creationTimestamp: draft.metadata.creationTimestamp ?? this.#stamp(),
      generation: 1,
    };
    const object = { ...draft, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
    return this.#record('added', type, object);
  }

  /** Stores the new content unless nothing differs; an object whose last finalizer left goes away. */
  change(type: ResourceType, before: KubeObject, content: KubeObject): KubeObject {
    const { uid, creationTimestamp, resourceVersion, generation, deletionTimestamp } = before.metadata;
    const fixed = { uid, creationTimestamp, generation, deletionTimestamp, resourceVersion };
    const defined = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
    const metadata = { ...content.metadata, ...defined };
    const after = { ...content, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
    if (isDeepStrictEqual(before, after)) return before;
    if (!isDeepStrictEqual(specOf(before), specOf(after))) after.metadata.generation = (generation ?? 0) + 1;
    const gone = deletionTimestamp !== undefined && !metadata.finalizers?.length;
    return gone ? this.#drop(type, after) : this.#record('modified', type, after);
  }

  remove(type: ResourceType, object: KubeObject, propagation: RemoveOptions['propagation']): void {
    if (propagation === 'Orphan') this.#orphan(object.metadata.uid);
    else this.#removeDependents(object.metadata.uid);
    if (!object.metadata.finalizers?.length) this.#drop(type, object);
    else if (object.metadata.deletionTimestamp === undefined) {
      this.#record('modified', type, { ...object, metadata: { ...object.metadata, deletionTimestamp: this.#stamp() } });
    }
  }

  /** Changes after a version; `undefined` when some of them are forgotten. */
  since(version: number): readonly Change[] | undefined {
    return version < this.#forgotten ? undefined : this.#changes.filter((change) => change.version > version);
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#wake.promise;
  }

  forgetChanges(): void {
    this.#changes = [];
    this.#forgotten = ++this.#version;
    this.#ring();
  }

  #drop(type: ResourceType, object: KubeObject): KubeObject {
    this.#entries.delete(keyOf(type, object.metadata));
    const last = this.#next(object);
    this.#note('deleted', type, last, object);
    this.#removeDependents(object.metadata.uid);
    return last;
  }

  #record(kind: 'added' | 'modified', type: ResourceType, object: KubeObject): KubeObject {
    const next = this.#next(object);
    const previous = this.#entries.get(keyOf(type, next.metadata))?.object;
    this.#entries.set(keyOf(type, next.metadata), { type, object: next });
    this.#note(kind, type, next, previous);
    return next;
  }

  #next(object: KubeObject): KubeObject {
    return frozen({ ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } });
  }

  #note(kind: Change['kind'], type: ResourceType, object: KubeObject, previous: KubeObject | undefined): void {
    this.#changes.push({ version: this.#version, kind, type, object, ...(previous && { previous }) });
    this.#ring();
  }

  #ring(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  #removeDependents(uid: string): void {
    for (const { type, object } of this.#dependents(uid)) this.remove(type, object, 'Background');
  }

  #orphan(uid: string): void {
    for (const { type, object } of this.#dependents(uid)) {
      const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      this.change(type, object, { ...object, metadata: { ...object.metadata, ownerReferences } });
    }
  }

  #dependents(uid: string): Entry[] {
    return [...this.#entries.values()].filter(({ object }) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === uid),
    );
  }

  #stamp(): string {
    return this.#now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }
}

function keyOf(type: ResourceType, key: ObjectKey): string {
  return `${type.group}/${type.plural}/${type.namespaced ? (key.namespace ?? 'default') : ''}/${key.name}`;
}

function specOf(object: KubeObject): unknown {
  return 'spec' in object ? object.spec : undefined;
}
