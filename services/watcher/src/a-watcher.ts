import { observe } from '@holdfast/access';
import { decide, type Limits, type Observed } from '@holdfast/core';
import type { Kube } from '@holdfast/kube';
import { openMemoryQueue, type MemoryQueue } from '@holdfast/queue';
import { openLog } from '@holdfast/runtime';
import { key, type World } from '../../../packages/access/src/a-world.ts';
import { apply, type Hands } from './apply.ts';
import { openPlaces } from './places.ts';

export const wide: Limits = { global: 20, perTarget: 20, perLocation: 20 };

/** For tests: one watcher of a world, which looks when it is told to. */
export interface Watcher {
  readonly hands: Hands;
  readonly queue: MemoryQueue;
  /** Observes afresh, or believes in what its cache says. */
  look(name?: string, cached?: Observed): Promise<void>;
  seen(name?: string): Promise<Observed>;
}

export function aWatcher(world: World, told: { limits?: Limits; queue?: MemoryQueue; kube?: Kube } = {}): Watcher {
  const { limits = wide, queue = openMemoryQueue({ now: world.now }), kube = world.kube } = told;
  const clock = { now: world.now, sleepUntil: () => Promise.resolve() };
  const log = openLog('watcher', clock, { destination: { write() {} } });
  const hands: Hands = { kube, doorbell: queue, places: openPlaces(limits, world.now), clock, log };
  const seen = async (name = key.name) => {
    const observed = await observe(world.kube, { ...key, name });
    if (!observed) throw new Error(`no backup ${name}`);
    return observed;
  };
  return {
    hands,
    queue,
    seen,
    look: async (name, cached) => {
      const observed = cached ?? (await seen(name));
      hands.places.follow(`${key.namespace}/${observed.backup.key.name}`, observed.backup);
      await apply(observed, decide(observed, world.now()), hands, world.now());
    },
  };
}
