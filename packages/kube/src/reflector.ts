import { pause, realClock, type Clock } from './clock.ts';
import { keyText } from './keys.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, WatchEvent } from './kube.ts';
import type { Log } from './log.ts';
import type { KubeObject } from './objects.ts';
import { Projections } from './reflector/projections.ts';
import type { ResourceType } from './resources.ts';

export interface ReflectOptions<T extends KubeObject, P> {
  readonly kube: Kube;
  readonly type: ResourceType<T>;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of an object; the rest is forgotten at once. `previous` is what was kept of the same object until now. */
  readonly project: (object: T, previous: P | undefined) => P;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Times the resync; networks have real time. */
  readonly clock?: Clock;
  /** Everything is listed again after this long, whatever the watch says; default 10 min. */
  readonly resyncMs?: number;
  /** No byte on the watch for this long is an error; default 120 s, twice the interval of bookmarks. */
  readonly silenceMs?: number;
  /** First pause after an error, doubling up to 30 s; default 500 ms. */
  readonly pauseMs?: number;
  /** A watch that stood this long was a good one: what breaks it then is the first error again; default 2 s. */
  readonly steadyMs?: number;
  /**
   * Called in order after each change: `current` is undefined after a removal, `previous` at an appearance. An object that
   * was made anew under its name goes first. What it throws is logged and changes nothing.
   */
  readonly onChange?: (key: string, current: P | undefined, previous: P | undefined) => void;
  readonly log: Log;
}

export interface ReflectorStats {
  readonly objects: number;
  readonly lists: number;
  /** Watches begun after the first one. */
  readonly watchRestarts: number;
  readonly errors: number;
  /** When the API server was last heard (a listing, an event or a bookmark), by the given clock. */
  readonly heardAt: Date | undefined;
  /** Whether the kind is served here at all; false while its CRD is missing. */
  readonly served: boolean;
}

/** A picture of all objects of a kind that keeps itself up to date. It may lag behind, it never errs for good. */
export interface Reflector<P> {
  /** After the first complete listing; rejects only when it is stopped before. */
  readonly synced: Promise<void>;
  /** @param key `namespace/name` */
  get(key: string): P | undefined;
  entries(): IterableIterator<readonly [key: string, projection: P]>;
  values(): IterableIterator<P>;
  /** Lists everything again now; resolves when a listing that began after the call is complete. */
  relist(): Promise<void>;
  readonly stats: ReflectorStats;
}

/** Begins at once and runs until its signal. A kind that is not served counts as empty and is looked for every 30 s. */
export function reflect<T extends KubeObject, P>(options: ReflectOptions<T, P>): Reflector<P> {
  const running = new Running(options);
  void running.run();
  return running;
}

const longestPauseMs = 30_000;
const unservedPauseMs = 30_000;
/** Errors of the watch in a row after which only a listing is trusted. */
const maxWatchErrors = 5;

class Running<T extends KubeObject, P> implements Reflector<P> {
  readonly #options: ReflectOptions<T, P>;
  readonly #clock: Clock;
  readonly #objects: Projections<T, P>;
  readonly #synced = Promise.withResolvers<void>();
  /** Ends the present cycle of listing and watching. */
  #cycle = new AbortController();
  #askers: { resolve(): void; reject(reason: unknown): void }[] = [];
  #lists = 0;
  #watches = 0;
  #errors = 0;
  #errorsInRow = 0;
  #heardAt: Date | undefined;
  #served = true;

  constructor(options: ReflectOptions<T, P>) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#objects = new Projections(options);
    // Whoever does not wait for it shall not be killed by its rejection.
    this.#synced.promise.catch(() => {});
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get stats(): ReflectorStats {
    return {
      objects: this.#objects.size,
      lists: this.#lists,
      watchRestarts: Math.max(0, this.#watches - 1),
      errors: this.#errors,
      heardAt: this.#heardAt,
      served: this.#served,
    };
  }

  get(key: string): P | undefined {
    return this.#objects.get(key);
  }

  entries(): IterableIterator<readonly [string, P]> {
    return this.#objects.entries();
  }

  *values(): IterableIterator<P> {
    for (const [, projection] of this.#objects.entries()) yield projection;
  }

  relist(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#options.signal.aborted) reject(this.#options.signal.reason);
    else this.#askers.push({ resolve, reject });
    this.#cycle.abort();
    return promise;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      this.#cycle = new AbortController();
      const cycle = AbortSignal.any([signal, this.#cycle.signal]);
      const askers = this.#askers.splice(0);
      try {
        const version = await this.#listAll();
        for (const asker of askers.splice(0)) asker.resolve();
        this.#synced.resolve();
        if (version === undefined) await pause(unservedPauseMs, cycle);
        else await this.#watchOn(version, cycle);
      } catch (error) {
        this.#askers.push(...askers);
        await this.#standBack(error, cycle);
      }
      // Ends the resync timer of this cycle.
      this.#cycle.abort();
    }
    this.#synced.reject(signal.reason);
    for (const asker of this.#askers.splice(0)) asker.reject(signal.reason);
  }

  /** One complete listing; what it does not show has gone. Gives its version, or nothing when the kind is not served. */
  async #listAll(): Promise<string | undefined> {
    const { kube, type, signal } = this.#options;
    const seen = new Set<string>();
    let continueToken: string | undefined;
    let version = '';
    do {
      const page = await kube.listPage(type, { ...this.#selection(), ...(continueToken && { continueToken }) }, signal);
      if (page === 'expired') throw new KubeError('transient', `the list of ${type.plural} expired half-way`);
      this.#served = page !== 'unserved';
      if (page === 'unserved') break;
      for (const object of page.items) {
        seen.add(keyText(object.metadata));
        this.#objects.put(object);
      }
      ({ continueToken } = page);
      version = page.resourceVersion;
      this.#heardAt = this.#clock.now();
    } while (continueToken);
    this.#objects.keepOnly(seen);
    this.#lists++;
    if (!this.#served) return undefined;
    this.#errorsInRow = 0;
    return version;
  }

  /** Watches on from a version, one watch after another, until it is time to list again. */
  async #watchOn(version: string, cycle: AbortSignal): Promise<void> {
    let from = version;
    void this.#resyncLater(cycle);
    while (!cycle.aborted && this.#errorsInRow < maxWatchErrors) {
      const beganMs = performance.now();
      let openedMs = Number.POSITIVE_INFINITY;
      try {
        for await (const event of this.#watch(from, cycle, () => (openedMs = performance.now()))) {
          if (event.kind === 'expired') return;
          this.#apply(event);
          from = event.resourceVersion || from;
        }
        // A server that ends watches at once would have us spin.
        if (performance.now() - beganMs < 1000) await this.#jitteredPause(500, cycle);
      } catch (error) {
        // Without permission or without the kind the listing says more.
        if (error instanceof KubeError && error.fate === 'terminal') throw error;
        // A kind on which nothing happens says nothing: that its watch stood is all that shows the server's health.
        if (performance.now() - openedMs >= (this.#options.steadyMs ?? 2_000)) this.#errorsInRow = 0;
        await this.#standBack(error, cycle);
      }
    }
  }

  #watch(resourceVersion: string, cycle: AbortSignal, onOpen: () => void): AsyncIterable<WatchEvent<T>> {
    const { kube, type, silenceMs = 120_000 } = this.#options;
    this.#watches++;
    // Spread, so that the watches of a fleet do not end together.
    const timeoutSeconds = Math.round(240 + Math.random() * 240);
    return kube.watch(type, { ...this.#selection(), resourceVersion, timeoutSeconds, silenceMs, onOpen }, cycle);
  }

  #selection(): Pick<ReflectOptions<T, P>, 'namespace' | 'labelSelector' | 'fieldSelector'> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace && { namespace }),
      ...(labelSelector && { labelSelector }),
      ...(fieldSelector && { fieldSelector }),
    };
  }

  #apply(event: Exclude<WatchEvent<T>, { kind: 'expired' }>): void {
    this.#heardAt = this.#clock.now();
    this.#errorsInRow = 0;
    if (event.kind === 'deleted') this.#objects.remove(keyText(event.object.metadata));
    else if (event.kind !== 'bookmark') this.#objects.put(event.object);
  }

  async #resyncLater(cycle: AbortSignal): Promise<void> {
    const { resyncMs = 600_000, type, log } = this.#options;
    const ending = this.#cycle;
    const at = new Date(this.#clock.now().getTime() + resyncMs * (0.9 + Math.random() * 0.2));
    try {
      await this.#clock.sleepUntil(at, cycle);
    } catch (error) {
      if (!cycle.aborted) log.error({ resource: type.plural, err: error }, 'the resync timer broke');
    }
    ending.abort();
  }

  /** Waits after an error, longer each time and never shorter than the server asked; a wish to list ends the wait. */
  async #standBack(error: unknown, cycle: AbortSignal): Promise<void> {
    if (cycle.aborted) return;
    const { type, log, pauseMs = 500 } = this.#options;
    this.#errors++;
    this.#errorsInRow++;
    const longest = Math.min(pauseMs * 2 ** (this.#errorsInRow - 1), longestPauseMs);
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    log.warn(
      { resource: type.plural, err: error, inRow: this.#errorsInRow },
      'following a resource failed, trying again',
    );
    await this.#jitteredPause(longest, cycle, asked);
  }

  async #jitteredPause(longestMs: number, cycle: AbortSignal, atLeastMs = 0): Promise<void> {
    const waitMs = atLeastMs + longestMs * (0.5 + Math.random() / 2);
    // Only the cycle's end can reject it, and the loops look at that themselves.
    await pause(waitMs, cycle).catch(() => {});
  }
}
