import { BackupError } from '@holdfast/types';
import { expect, test } from 'vitest';
import { objectStoreContract } from '../contract.ts';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { limited } from './limited.ts';
import { measured, type Measurement } from './measured.ts';
import { retrying } from './retrying.ts';

const waits: number[] = [];
const policy = {
  attempts: 3,
  firstWaitMs: 100,
  longestWaitMs: 150,
  random: () => 1,
  wait: async (ms: number) => void waits.push(ms),
};
const close = async (): Promise<void> => undefined;

objectStoreContract('a store with every wrapper', async () => ({
  store: measured(retrying(limited(openMemory(), 3), policy), () => undefined),
  close,
}));

const transient = new BackupError('StorageUnreachable', 'transient', 'gone for a moment');
const terminal = new BackupError('StorageDenied', 'terminal', 'no');

test('what may pass is tried again with growing waits, up to the limit', async () => {
  waits.length = 0;
  const { store, calls } = failing(2, transient);
  expect((await retrying(store, policy).create('key', Buffer.from('x'))).created).toBe(true);
  expect([calls(), waits]).toEqual([3, [100, 150]]);
  const worse = failing(3, transient);
  await expect(retrying(worse.store, policy).head('key')).rejects.toBe(transient);
  expect(worse.calls()).toBe(3);
});

test('what waits for a person is not tried again, nor is a stream that was used up', async () => {
  const denied = failing(1, terminal);
  await expect(retrying(denied.store, policy).head('key')).rejects.toBe(terminal);
  expect(denied.calls()).toBe(1);
  const streaming = failing(1, transient);
  await expect(retrying(streaming.store, policy).create('key', (async function* () {})())).rejects.toBe(transient);
  expect(streaming.calls()).toBe(1);
});

test('of many removals only those that failed are sent again', async () => {
  const asked: (readonly string[])[] = [];
  const store: ObjectStore = {
    ...openMemory(),
    removeMany: async (keys) => {
      asked.push(keys);
      return keys.map((key) =>
        key === 'b' && asked.length === 1
          ? { key, error: transient }
          : key === 'c'
            ? { key, error: terminal }
            : { key },
      );
    },
  };
  expect(await retrying(store, policy).removeMany(['a', 'b', 'c'])).toEqual([
    { key: 'a' },
    { key: 'b' },
    { key: 'c', error: terminal },
  ]);
  expect(asked).toEqual([['a', 'b', 'c'], ['b']]);
});

test('a listing is tried again until its first entry, and never told twice', async () => {
  const { store } = failing(1, transient);
  await store.create('early', Buffer.from('x')).catch(() => undefined);
  await store.create('a', Buffer.from('x'));
  const once = failing(1, transient, store);
  expect(await Array.fromAsync(retrying(once.store, policy).list(''), ({ key }) => key)).toEqual(['a']);
});

test('no more calls are under way than allowed, and one that waits can be aborted', async () => {
  let under = 0;
  let most = 0;
  const gates: (() => void)[] = [];
  const slow: ObjectStore = {
    ...openMemory(),
    head: async () => {
      most = Math.max(most, (under += 1));
      await new Promise<void>((resolve) => gates.push(resolve));
      under -= 1;
      return undefined;
    },
  };
  const store = limited(slow, 2);
  const abort = new AbortController();
  const waiting = [store.head('a'), store.head('b'), store.head('c', abort.signal), store.head('d')];
  abort.abort(new Error('not needed'));
  await expect(waiting[2]).rejects.toThrow('not needed');
  const settled = new Set<number>();
  for (const index of [0, 1, 3]) void waiting[index]?.then(() => settled.add(index));
  while (settled.size < 3) {
    gates.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(most).toBe(2);
});

test('a store that is overburdened gets fewer calls at once, one at the least, and all of them again when it has recovered', async () => {
  const burdened = { is: true };
  const { store, mostSinceLast } = counting(async () => {
    if (burdened.is) throw transient;
  });
  const heads = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => gentle.head(`key-${index}`)));
  const gentle = limited(store, 8);
  await heads(8);
  expect(mostSinceLast()).toBe(8);
  await heads(100);
  expect(mostSinceLast()).toBeLessThanOrEqual(4);
  await heads(10);
  expect(mostSinceLast()).toBe(1);
  burdened.is = false;
  await heads(5);
  expect(mostSinceLast()).toBeLessThanOrEqual(3);
  await heads(100);
  expect(mostSinceLast()).toBe(8);
});

test('one removal of many that the store had no time for slows the others down, and a refusal does not', async () => {
  const outcome = { error: terminal };
  const { store, mostSinceLast } = counting(async () => undefined);
  const removing: ObjectStore = {
    ...store,
    removeMany: async (keys) => (await store.head('x'), keys.map((key) => ({ key, error: outcome.error }))),
  };
  const gentle = limited(removing, 4);
  const remove = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => gentle.removeMany([`${index}`])));
  await remove(8);
  await remove(8);
  expect(mostSinceLast()).toBe(4);
  outcome.error = transient;
  await remove(8);
  mostSinceLast();
  await remove(8);
  expect(mostSinceLast()).toBeLessThanOrEqual(2);
});

test('a dead store is not asked five times for each of ten thousand keys', async () => {
  waits.length = 0;
  const dead = failing(Infinity, transient);
  const store = retrying(dead.store, { ...policy, attempts: 5 });
  for (let key = 0; key < 10_000; key += 1) await expect(store.head(`key-${key}`)).rejects.toBe(transient);
  expect(dead.calls()).toBeLessThanOrEqual(10_000 * 1.2 + 10);
  expect(dead.calls()).toBeGreaterThan(10_000 * 1.19);
});

test('removals that go on failing spend the same budget', async () => {
  let asked = 0;
  const dead: ObjectStore = {
    ...openMemory(),
    removeMany: async (keys) => ((asked += 1), keys.map((key) => ({ key, error: transient }))),
  };
  const store = retrying(dead, { ...policy, attempts: 5 });
  for (let batch = 0; batch < 1_000; batch += 1)
    expect(await store.removeMany(['a'])).toEqual([{ key: 'a', error: transient }]);
  expect(asked).toBeLessThanOrEqual(1_000 * 1.2 + 10);
});

test('what fails now and then is tried again however long it goes on', async () => {
  let calls = 0;
  const flaky: ObjectStore = {
    ...openMemory(),
    head: async () => {
      calls += 1;
      if (calls % 10 === 0) throw transient;
      return undefined;
    },
  };
  const store = retrying(flaky, policy);
  for (let key = 0; key < 5_000; key += 1) expect(await store.head(`key-${key}`)).toBeUndefined();
});

test('every call is told with its outcome', async () => {
  const seen: Measurement[] = [];
  const store = measured(failing(1, terminal).store, (measurement) => void seen.push(measurement));
  await store.head('key').catch(() => undefined);
  await store.create('key', Buffer.from('x'));
  await Array.fromAsync(store.list(''));
  await store.head('key', AbortSignal.abort()).catch(() => undefined);
  expect(seen.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
    'head StorageDenied',
    'create ok',
    'list ok',
    'head Aborted',
  ]);
});

/** A store whose first calls fail. */
function failing(times: number, error: BackupError, store = openMemory()): { store: ObjectStore; calls: () => number } {
  let calls = 0;
  const fail = (): void => {
    calls += 1;
    if (calls <= times) throw error;
  };
  return {
    calls: () => calls,
    store: {
      ...store,
      list: async function* (prefix, signal) {
        fail();
        yield* store.list(prefix, signal);
      },
      head: async (key, signal) => (fail(), store.head(key, signal)),
      create: async (...given) => (fail(), store.create(...given)),
    },
  };
}

/** A store whose heads take a moment, and how many of them were under way at once since it was last asked. */
function counting(work: () => Promise<void>): { store: ObjectStore; mostSinceLast: () => number } {
  let under = 0;
  let highest = 0;
  const mostSinceLast = (): number => {
    const seen = highest;
    highest = 0;
    return seen;
  };
  const store: ObjectStore = {
    ...openMemory(),
    head: async () => {
      highest = Math.max(highest, (under += 1));
      try {
        await new Promise((resolve) => setImmediate(resolve));
        await work();
        return undefined;
      } finally {
        under -= 1;
      }
    },
  };
  return { store, mostSinceLast };
}
