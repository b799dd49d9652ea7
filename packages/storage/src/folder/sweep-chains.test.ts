import { BackupError, type Manifest } from '@holdfast/types';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { entryOf, expectWhole, fill, keysIn, keysOf, planOf } from './a-swept-folder.ts';
import { finishRemovals } from './finish-removals.ts';
import { Killed, killing } from './killing.ts';
import { writeManifest } from './manifests.ts';
import { sweepChains } from './sweep-chains.ts';

const denied = new BackupError('StorageDenied', 'terminal', 'a hold');
const yes = async (): Promise<boolean> => true;
let store: ObjectStore;
beforeEach(() => {
  store = openMemory();
});

/** Two chains of `orders`, run by run, where `run-2` also has a FULL of `system`; the third chain stays. */
const old = [
  aManifest({ run: 'run-1', parts: 2 }),
  aManifest({ run: 'run-2', chain: 'orders-run-1' }),
  aManifest({ run: 'run-3', chain: 'orders-run-1', parts: 1 }),
];
const system = [aManifest({ run: 'run-2', database: 'system' })];
const kept = [aManifest({ run: 'run-4' }), aManifest({ run: 'run-5', chain: 'orders-run-4' })];

test('a swept chain is gone with its run documents, and nothing else is', async () => {
  await fill(store, [...old, ...system, ...kept]);
  const counts = await sweepChains(store, await planOf(store, [old]), { guard: yes });
  expect(counts).toEqual({ finished: true, chains: 1, artifacts: 3, objects: 6, bytes: bytesOf(old) });
  expect(await keysIn(store)).toEqual(keysOf([...system, ...kept], ['run-2', 'run-4', 'run-5']));
});

test('the order is newest first, manifest before objects, the FULL last', async () => {
  await fill(store, old);
  const log: string[] = [];
  const logged: ObjectStore = {
    ...store,
    remove: async (key) => (log.push(key), store.remove(key)),
    removeMany: async (names) => (log.push(...names), store.removeMany(names)),
  };
  await sweepChains(logged, await planOf(store, [old]), { guard: yes });
  expect(log.filter((key) => /^(manifests|artifacts)/.test(key))).toEqual([
    'manifests/run-3/orders.json',
    'artifacts/orders-run-3.backup.part1',
    'artifacts/orders-run-3.backup',
    'manifests/run-2/orders.json',
    'artifacts/orders-run-2.backup',
    'manifests/run-1/orders.json',
    'artifacts/orders-run-1.backup.part2',
    'artifacts/orders-run-1.backup.part1',
    'artifacts/orders-run-1.backup',
  ]);
});

describe('killed at any change', () => {
  test.each(['before', 'after'] as const)(
    '%s it, what is left is whole and shorter, and a new sweep ends with the same',
    async (when) => {
      let change = 1;
      for (; ; change += 1) {
        const folder = openMemory();
        await fill(folder, [...old, ...system, ...kept]);
        if (await sweepOnce(folder, { change, when })) break;
        await sweepOnce(folder, { change: Infinity, when });
        expect(await keysIn(folder)).toEqual(keysOf(kept, ['run-4', 'run-5']));
      }
      expect(change).toBeGreaterThan(20);
    },
  );

  test('and again in every following attempt, it still comes to its end', async () => {
    await fill(store, [...old, ...system, ...kept]);
    let attempts = 1;
    while (attempts < 50 && !(await sweepOnce(store, { change: 8, when: 'after' }))) attempts += 1;
    expect(attempts).toBeGreaterThan(3);
    expect(await keysIn(store)).toEqual(keysOf(kept, ['run-4', 'run-5']));
  });

  /** One process: plans from what it finds, sweeps, and may be killed. True when it came to its end. */
  async function sweepOnce(folder: ObjectStore, at: { change: number; when: 'before' | 'after' }): Promise<boolean> {
    const plan = await planOf(folder, [old, system]);
    const { store: mortal } = killing(folder, at, () => expectWhole(folder, [old, system, kept]));
    try {
      return (await sweepChains(mortal, plan, { guard: yes })).finished;
    } catch (error) {
      if (error instanceof Killed) return false;
      throw error;
    }
  }
});

describe('the guard', () => {
  test('ends the sweep at any point without harm, and is asked before each batch', async () => {
    for (let allowed = 0; ; allowed += 1) {
      const folder = openMemory();
      await fill(folder, [...old, ...kept]);
      let asked = 0;
      const guard = async (): Promise<boolean> => (asked += 1) <= allowed;
      const { store: watched } = killing(folder, { change: Infinity, when: 'after' }, () =>
        expectWhole(folder, [old, kept]),
      );
      const { finished } = await sweepChains(watched, await planOf(folder, [old]), { guard });
      if (finished) {
        expect(allowed).toBeGreaterThanOrEqual(6);
        return;
      }
      await sweepChains(folder, await planOf(folder, [old]), { guard: yes });
      expect(await keysIn(folder)).toEqual(keysOf(kept, ['run-4', 'run-5']));
    }
  });
});

describe('an unfinished removal', () => {
  test('whose manifest still stands is forgotten: only a new plan may remove the artifact', async () => {
    await fill(store, old);
    const before = await keysIn(store);
    await killedAfter(1);
    expect(await keysIn(store)).toContain('removing/run-3/orders.json');
    await sweepChains(store, { chains: [] }, { guard: yes });
    expect(await keysIn(store)).toEqual(before);
  });

  test('is finished even when nothing else is planned', async () => {
    await fill(store, old);
    await killedAfter(2);
    const explaining = new Set<string>();
    const removed: string[] = [];
    expect(
      await finishRemovals(store, {
        guard: yes,
        explaining,
        onRemoved: ({ manifest }) => void removed.push(manifest.run),
      }),
    ).toEqual({ finished: true, locked: [] });
    expect(removed).toEqual(['run-3']);
    expect(await keysIn(store)).toEqual(keysOf(old.slice(0, 2), ['run-1', 'run-2']));
  });

  test('leaves alone what another manifest names by now', async () => {
    await fill(store, old);
    await killedAfter(2);
    const adopted = aManifest({ run: 'run-6', objects: old[2]?.objects ?? [] });
    await writeManifest(store, adopted);
    await finishRemovals(store, { guard: yes });
    expect(await keysIn(store)).toEqual(expect.arrayContaining(adopted.objects.map(({ key }) => key)));
  });

  test('is not finished while a manifest cannot be read', async () => {
    await fill(store, old);
    await killedAfter(2);
    await store.create('manifests/run-9/orders.json', Buffer.from('{"formatVersion": 7}'));
    await expect(finishRemovals(store, { guard: yes })).rejects.toMatchObject({ reason: 'UnreadableManifest' });
    expect(await keysIn(store)).toContain('artifacts/orders-run-3.backup');
  });

  async function killedAfter(change: number): Promise<void> {
    const { store: mortal } = killing(store, { change, when: 'after' }, async () => undefined);
    await expect(sweepChains(mortal, await planOf(store, [old]), { guard: yes })).rejects.toThrow(Killed);
  }
});

test.each([
  'owner.json',
  'manifests/run-4/orders.json',
  '../other/artifacts/x',
  'artifacts/../owner.json',
  'artifacts',
])('a plan with a manifest that names %j removes nothing at all', async (key) => {
  await fill(store, [...old, ...kept]);
  const before = await keysIn(store);
  const forged = aManifest({ run: 'run-9', objects: [{ key, bytes: 1 }] });
  const plan = { chains: [...(await planOf(store, [old])).chains, { chain: 'forged', entries: [entryOf(forged)] }] };
  await expect(sweepChains(store, plan, { guard: yes })).rejects.toMatchObject({
    reason: 'UnreadableManifest',
    fate: 'terminal',
  });
  expect(await keysIn(store)).toEqual(before);
});

test('an object that several manifests name goes with the last of them, and stays while one of them stays', async () => {
  const shared = [{ key: 'artifacts/shared.backup', bytes: 3 }];
  const [first, second] = [
    aManifest({ run: 'run-1', objects: shared }),
    aManifest({ run: 'run-2', objects: shared, chain: 'orders-run-1' }),
  ];
  await fill(store, [first, second]);
  await sweepChains(
    store,
    { chains: [{ chain: 'c', entries: [entryOf(second)] }], inUse: new Set(['artifacts/shared.backup']) },
    { guard: yes },
  );
  expect(await keysIn(store)).toContain('artifacts/shared.backup');
  await sweepChains(store, await planOf(store, [[first]]), { guard: yes });
  expect(await keysIn(store)).toEqual([]);
});

test('an error of the store for one object stops the sweep and is reported, and the next sweep goes on', async () => {
  await fill(store, [...old, ...kept]);
  const locked: ObjectStore = { ...store, removeMany: async (names) => names.map((key) => ({ key, error: denied })) };
  await expect(sweepChains(locked, await planOf(store, [old]), { guard: yes })).rejects.toBe(denied);
  await expectWhole(store, [old, kept]);
  await sweepChains(store, await planOf(store, [old]), { guard: yes });
  expect(await keysIn(store)).toEqual(keysOf(kept, ['run-4', 'run-5']));
});

function bytesOf(manifests: readonly Manifest[]): number {
  return manifests.reduce((sum, { bytes }) => sum + bytes, 0);
}
