/** A set of names that takes two bytes for each and may take a few strangers for members, but never a member for a stranger. */
export class Sieve {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** @param size about how many names it will have */
  constructor(size: number) {
    const bits = 2 ** Math.ceil(Math.log2(Math.max(size, 64) * bitsOfName));
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  add(name: string): void {
    const [one, other] = hashesOf(name);
    this.#mark(one);
    this.#mark(other);
  }

  mayHave(name: string): boolean {
    const [one, other] = hashesOf(name);
    return this.#isMarked(one) && this.#isMarked(other);
  }

  #mark(hash: number): void {
    const bit = hash & this.#mask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  #isMarked(hash: number): boolean {
    const bit = hash & this.#mask;
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }
}

const bitsOfName = 16;

/** FNV-1a, and the same mixed once more. */
function hashesOf(name: string): [number, number] {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return [hash >>> 0, (mixed ^ (mixed >>> 13)) >>> 0];
}
