/** Keys that wait to be looked at; the same key waits once. */
export class WorkQueue {
  readonly #look: (key: string) => void;
  readonly #failed: (key: string, error: unknown) => void;
  readonly #waiting = new Set<string>();
  #scheduled = false;
  #stopped = false;

  constructor(look: (key: string) => void, failed: (key: string, error: unknown) => void) {
    this.#look = look;
    this.#failed = failed;
  }

  /** Asks for a look after the current request is answered. */
  add(key: string): void {
    this.#waiting.add(key);
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => this.#drain());
  }

  /** Nothing is looked at any more. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  #drain(): void {
    this.#scheduled = false;
    const keys = [...this.#waiting];
    this.#waiting.clear();
    for (const key of keys) {
      if (this.#stopped) return;
      try {
        this.#look(key);
      } catch (error) {
        this.#failed(key, error);
      }
    }
  }
}
