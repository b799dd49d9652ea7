import { openMemory, type ObjectStore } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';
import type { Call, Effects } from './effects.ts';

/** Every change of the store in the order in which it happened, told at the instant it happened. */
export interface StoreEvents {
  created(key: string, body: Uint8Array): void;
  /** Told before and after, because what matters is what a removal took away. */
  removing(key: string): void;
  removed(key: string): void;
}

export interface Bucket {
  /** Without faults, for the story and its judges. */
  readonly truth: ObjectStore;
  /** What processes open. */
  readonly store: ObjectStore;
}

export function openBucket(
  clock: { now: () => Date; storeNow: () => Date },
  effects: Effects,
  events: StoreEvents,
): Bucket {
  const memory = openMemory({ place: 'bucket "backups"', now: clock.storeNow });
  const truth = recorded(memory, events);
  const reading: Call = { outside: 'store', changes: false, error: unreachable };
  const writing: Call = { outside: 'store', changes: true, error: unreachable };
  const store: ObjectStore = {
    place: truth.place,
    async *list(prefix, signal) {
      yield* await effects.carryOut(reading, () => Array.fromAsync(truth.list(prefix, signal)));
    },
    head: (key, signal) => effects.carryOut(reading, () => truth.head(key, signal)),
    read: (key, options) => effects.carryOut(reading, () => truth.read(key, options)),
    create: (key, body, options) => effects.carryOut(writing, () => truth.create(key, body, options)),
    copy: (from, to, options) => effects.carryOut(writing, () => truth.copy(from, to, options)),
    remove: (key, signal) => effects.carryOut(writing, () => truth.remove(key, signal)),
    removeMany: (keys, signal) =>
      effects.carryOut(writing, async () => {
        const cut = effects.weather.cutBatchesUntilMs > clock.now().getTime();
        const taken = cut ? keys.slice(0, Math.ceil(keys.length / 2)) : keys;
        for (const key of taken) await truth.remove(key, signal);
        return keys.map((key, index) => (index < taken.length ? { key } : { key, error: unreachable('was busy') }));
      }),
    probe: (signal) => effects.carryOut(reading, () => truth.probe(signal)),
    now: (signal) => effects.carryOut(reading, () => truth.now(signal)),
  };
  return { truth, store };
}

function recorded(memory: ObjectStore, events: StoreEvents): ObjectStore {
  const remove: ObjectStore['remove'] = async (key, signal) => {
    if (!(await memory.head(key, signal))) return;
    events.removing(key);
    await memory.remove(key, signal);
    events.removed(key);
  };
  return {
    ...memory,
    async create(key, body, options) {
      const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body));
      const created = await memory.create(key, bytes, options);
      if (created.created) events.created(key, bytes);
      return created;
    },
    async copy(from, to, options) {
      const copied = await memory.copy(from, to, options);
      const body = copied?.created === true && (await memory.read(to));
      if (body) events.created(to, Buffer.concat(await Array.fromAsync(body)));
      return copied;
    },
    remove,
    async removeMany(keys, signal) {
      for (const key of keys) await remove(key, signal);
      return keys.map((key) => ({ key }));
    },
  };
}

function unreachable(how: string): BackupError {
  return new BackupError('StorageUnreachable', 'transient', `bucket "backups" ${how}; 503 SlowDown`);
}
