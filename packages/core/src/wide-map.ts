/**
 * A map from a million strings or more. A plain one copies itself whenever it has doubled, which takes the longer the larger it is, and in one
 * piece; this one becomes many small maps once it is large, so that nothing that it ever does takes long.
 */
export class WideMap<V> {
  #few: Map<string, V> | undefined = new Map();
  #parts: readonly Map<string, V>[] = [];

  get(key: string): V | undefined {
    return this.#partOf(key).get(key);
  }

  has(key: string): boolean {
    return this.#partOf(key).has(key);
  }

  set(key: string, value: V): void {
    this.#partOf(key).set(key, value);
    if (this.#few && this.#few.size > mostOfFew) this.#spread(this.#few);
  }

  delete(key: string): void {
    this.#partOf(key).delete(key);
  }

  #partOf(key: string): Map<string, V> {
    return this.#few ?? (this.#parts[partOf(key)] as Map<string, V>);
  }

  #spread(few: ReadonlyMap<string, V>): void {
    this.#few = undefined;
    this.#parts = Array.from({ length: parts }, () => new Map());
    for (const [key, value] of few) this.set(key, value);
  }
}

const mostOfFew = 4_096;
const parts = 128;

/** Names differ near their end, in a time or a number; every third letter of it tells them apart. */
function partOf(key: string): number {
  let hash = key.length;
  for (let at = key.length - 1; at >= 0 && at > key.length - 28; at -= 3) hash = (hash * 31 + key.charCodeAt(at)) | 0;
  return (hash ^ (hash >>> 15)) & (parts - 1);
}
