import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore, Removal, StoredEntry, ThawOptions } from '../object-store.ts';
import { mayPass } from './may-pass.ts';
import { openRetryBudget, type RetryBudget } from './retry-budget.ts';

export interface RetryPolicy {
  /** Tries of one call, the first included. */
  readonly attempts: number;
  /** Wait before the second try; doubles with each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Between 0 and 1; spreads the waits of many. */
  readonly random?: () => number;
  /** How to wait; real time by default. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The policy, and what is left of the retries that one opened store may cost. */
type Patience = RetryPolicy & { readonly budget: RetryBudget };

/**
 * Tries again what failed for a reason that may pass, as long as the retries of this store keep within their budget. What cannot be repeated is not: a stream once begun (a listing, a body
 * being read) and the write of a stream, which is gone after the first try.
 */
export function retrying(store: ObjectStore, told: Partial<RetryPolicy> = {}): ObjectStore {
  const policy: Patience = { ...patience, ...told, budget: openRetryBudget() };
  const again = <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> =>
    repeat(policy, signal, work);
  const { abortStaleUploads, lifecycleRules, thaw } = store;
  return {
    place: store.place,
    list: (prefix, signal) => listing(store, { prefix, signal, policy }),
    head: (key, signal) => again(signal, () => store.head(key, signal)),
    read: (key, options) => again(options?.signal, () => store.read(key, options)),
    create: (key, body, options) =>
      body instanceof Uint8Array
        ? again(options?.signal, () => store.create(key, body, options))
        : store.create(key, body, options),
    copy: (from, to, options) => again(options?.signal, () => store.copy(from, to, options)),
    remove: (key, signal) => again(signal, () => store.remove(key, signal)),
    removeMany: (keys, signal) => removals(store, keys, { signal, policy }),
    probe: (signal, prefix) => again(signal, () => store.probe(signal, prefix)),
    now: (signal, prefix) => again(signal, () => store.now(signal, prefix)),
    ...(abortStaleUploads && {
      abortStaleUploads: (prefix: string, olderThan: Date, signal?: AbortSignal) =>
        again(signal, () => abortStaleUploads.call(store, prefix, olderThan, signal)),
    }),
    ...(thaw && {
      thaw: (key: string, options: ThawOptions) => again(options.signal, () => thaw.call(store, key, options)),
    }),
    ...(lifecycleRules && {
      lifecycleRules: (signal?: AbortSignal) => again(signal, () => lifecycleRules.call(store, signal)),
    }),
  };
}

/** Some ten seconds in all, on top of what the provider's SDK tries by itself. */
const patience: RetryPolicy = { attempts: 5, firstWaitMs: 500, longestWaitMs: 8_000 };

async function repeat<T>(policy: Patience, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  policy.budget.earn();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error) || attempt >= policy.attempts || !policy.budget.spend()) throw error;
      await pause(policy, attempt, signal);
    }
  }
}

async function* listing(
  store: ObjectStore,
  { prefix, signal, policy }: { prefix: string; signal: AbortSignal | undefined; policy: Patience },
): AsyncIterable<StoredEntry> {
  const { entries, first } = await repeat(policy, signal, async () => {
    const begun = store.list(prefix, signal)[Symbol.asyncIterator]();
    return { entries: begun, first: await begun.next() };
  });
  try {
    for (let next = first; !next.done; next = await entries.next()) yield next.value;
  } finally {
    await entries.return?.();
  }
}

/** Only the keys that failed are sent again. */
async function removals(
  store: ObjectStore,
  keys: readonly string[],
  { signal, policy }: { signal: AbortSignal | undefined; policy: Patience },
): Promise<readonly Removal[]> {
  let outcome = await repeat(policy, signal, () => store.removeMany(keys, signal));
  for (let attempt = 1; attempt < policy.attempts; attempt += 1) {
    const open = outcome.flatMap(({ key, error }) => (mayPass(error) ? [key] : []));
    if (open.length === 0 || !policy.budget.spend()) break;
    await pause(policy, attempt, signal);
    const answers = new Map((await store.removeMany(open, signal)).map((removal) => [removal.key, removal]));
    outcome = outcome.map((removal) => answers.get(removal.key) ?? removal);
  }
  return outcome;
}

async function pause(policy: RetryPolicy, attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (attempt - 1));
  const ms = longest * (0.5 + (policy.random ?? Math.random)() / 2);
  try {
    await (policy.wait ?? waitRealTime)(ms, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function waitRealTime(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {});
}
