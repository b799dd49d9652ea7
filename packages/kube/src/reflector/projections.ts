import { keyText } from '../keys.ts';
import type { Log } from '../log.ts';
import type { KubeObject } from '../objects.ts';
import type { ResourceType } from '../resources.ts';

interface Entry<P> {
  readonly uid: string;
  readonly resourceVersion: string | undefined;
  readonly projection: P;
}

export interface ProjectionsOptions<T, P> {
  readonly type: ResourceType;
  readonly project: (object: T, previous: P | undefined) => P;
  readonly onChange?: (key: string, current: P | undefined, previous: P | undefined) => void;
  readonly log: Log;
}

/** What a reflector keeps: one projection per key. Tells each change once and contains whatever its callbacks throw. */
export class Projections<T extends KubeObject, P> {
  readonly #options: ProjectionsOptions<T, P>;
  readonly #entries = new Map<string, Entry<P>>();

  constructor(options: ProjectionsOptions<T, P>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): P | undefined {
    return this.#entries.get(key)?.projection;
  }

  *entries(): IterableIterator<readonly [string, P]> {
    for (const [key, { projection }] of this.#entries) yield [key, projection];
  }

  put(object: T): void {
    const key = keyText(object.metadata);
    const { uid, resourceVersion } = object.metadata;
    const before = this.#entries.get(key);
    if (before?.uid === uid && before.resourceVersion === resourceVersion) return;
    const projected = this.#project(key, object, before?.uid === uid ? before?.projection : undefined);
    if (!projected) return;
    if (before && before.uid !== uid) this.remove(key);
    const previous = this.#entries.get(key)?.projection;
    this.#entries.set(key, { uid, resourceVersion, projection: projected.value });
    this.#tell(key, projected.value, previous);
  }

  remove(key: string): void {
    const before = this.#entries.get(key);
    if (!before) return;
    this.#entries.delete(key);
    this.#tell(key, undefined, before.projection);
  }

  /** Removes every key that is not among these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of [...this.#entries.keys()]) if (!keys.has(key)) this.remove(key);
  }

  /** An object that cannot be projected keeps its last projection: a callback's fault never looks like a removal. */
  #project(key: string, object: T, previous: P | undefined): { readonly value: P } | undefined {
    try {
      return { value: this.#options.project(object, previous) };
    } catch (error) {
      this.#options.log.error(
        { resource: this.#options.type.plural, key, err: error },
        'an object could not be projected',
      );
      return undefined;
    }
  }

  #tell(key: string, current: P | undefined, previous: P | undefined): void {
    try {
      this.#options.onChange?.(key, current, previous);
    } catch (error) {
      this.#options.log.error({ resource: this.#options.type.plural, key, err: error }, 'a change handler failed');
    }
  }
}
