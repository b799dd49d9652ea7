import type { ObjectStore } from '../object-store.ts';

/** For tests: the process was killed at this point. */
export class Killed extends Error {}

export interface Killing {
  /** Calls that changed something or were about to. */
  count(): number;
  readonly store: ObjectStore;
}

/**
 * For tests: a store whose process is killed at its n-th change, before or after the change took place. A batch is cut after its
 * first keys, as a killed process or a failing store would cut it. After each change `look` sees what is left.
 */
export function killing(
  store: ObjectStore,
  at: { change: number; when: 'before' | 'after' },
  look: () => Promise<void>,
): Killing {
  let changes = 0;
  const step = async <T>(change: () => Promise<T>): Promise<T> => {
    changes += 1;
    if (changes === at.change && at.when === 'before') throw new Killed();
    const value = await change();
    await look();
    if (changes >= at.change) throw new Killed();
    return value;
  };
  return {
    count: () => changes,
    store: {
      ...store,
      create: (...given) => step(() => store.create(...given)),
      copy: (...given) => step(() => store.copy(...given)),
      remove: (key, signal) => step(() => store.remove(key, signal)),
      removeMany: async (keys, signal) => {
        for (const key of keys) await step(() => store.remove(key, signal));
        return keys.map((key) => ({ key }));
      },
    },
  };
}
