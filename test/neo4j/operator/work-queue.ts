import { setTimeout as sleep } from 'node:timers/promises';

/** Keys to look at again: each once at a time, once more when it is added meanwhile, again after a failure. */
export class WorkQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #trouble: (text: string) => void;
  readonly #waiting = new Set<string>();
  readonly #active = new Map<string, Promise<void>>();

  constructor(work: (key: string) => Promise<void>, signal: AbortSignal, trouble: (text: string) => void) {
    this.#work = work;
    this.#signal = signal;
    this.#trouble = trouble;
  }

  add(key: string): void {
    if (this.#signal.aborted) return;
    this.#waiting.add(key);
    if (!this.#active.has(key)) this.#active.set(key, this.#drain(key));
  }

  /** Resolves when nothing is being worked on; meant for after the signal. */
  async idle(): Promise<void> {
    await Promise.all(this.#active.values());
  }

  async #drain(key: string): Promise<void> {
    while (this.#waiting.delete(key) && !this.#signal.aborted) {
      try {
        await this.#work(key);
      } catch (error) {
        if (this.#signal.aborted) break;
        this.#trouble(`${key}: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(200, undefined, { signal: this.#signal }).catch(() => undefined); // ended while waiting
        this.#waiting.add(key);
      }
    }
    this.#active.delete(key);
  }
}
