/** Lets one caller at a time have a key; others wait in order. */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for the key; the answered function gives it back. */
  async take(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tails.set(key, promise);
    await before;
    return () => {
      if (this.#tails.get(key) === promise) this.#tails.delete(key);
      resolve();
    };
  }
}
