import { BackupError, type Manifest } from '@holdfast/types';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { Lock, ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { expectWhole, fill, keysIn, keysOf } from './a-swept-folder.ts';
import { finishRemovals } from './finish-removals.ts';
import { planFolder } from './plan-folder.ts';
import { sweepFolder, type Swept } from './sweep-folder.ts';

const hour = 3_600_000;
const start = Date.parse('2026-03-01T02:00:00Z');
const old = [
  aManifest({ run: 'run-1' }),
  aManifest({ run: 'run-2', chain: 'orders-run-1' }),
  aManifest({ run: 'run-3', chain: 'orders-run-1' }),
].map(madeAt);
const system = [madeAt(aManifest({ run: 'run-1', database: 'system' }), 0)];
const kept = [aManifest({ run: 'run-4' }), aManifest({ run: 'run-4', database: 'system' })].map((each) =>
  madeAt(each, 4),
);
const until = new Date(start + 30 * hour);
let now: Date;
let inner: ObjectStore;
let locks: Map<string, Lock>;

beforeEach(async () => {
  now = new Date(start + 10 * hour);
  inner = openMemory({ now: () => now });
  locks = new Map();
  await fill(inner, [...old, ...system, ...kept]);
});

/** As a run makes it, so many hours after the first. */
function madeAt(manifest: Manifest, hours: number): Manifest {
  const time = new Date(start + hours * hour).toISOString();
  return { ...manifest, startTime: time, artifactTime: time, completionTime: time };
}

/** A store that keeps what is locked; one that is `silent` does not tell of it before. */
function locking({ silent = false, writes = false } = {}): ObjectStore {
  const refusal = (key: string) => {
    const lock = locks.get(key);
    if (!lock || (lock.until && lock.until <= now)) return undefined;
    return new BackupError('ObjectLocked', 'terminal', `memory keeps "${key}" locked by ${lock.by}`);
  };
  const remove = async (key: string) => {
    const error = refusal(key);
    if (error) throw error;
    await inner.remove(key);
  };
  return {
    ...inner,
    async head(key, signal) {
      const [entry, lock] = [await inner.head(key, signal), locks.get(key)];
      return entry && lock && !silent ? { ...entry, lock } : entry;
    },
    async create(key, body, options) {
      const created = await inner.create(key, body, options);
      if (writes && created.created) locks.set(key, { by: 'Object Lock', until: new Date(now.getTime() + 24 * hour) });
      return created;
    },
    remove,
    async removeMany(keys) {
      const answers = [];
      for (const key of keys) {
        const error = refusal(key);
        if (!error) await inner.remove(key);
        answers.push(error ? { key, error } : { key });
      }
      return answers;
    },
  };
}

async function sweep(store: ObjectStore): Promise<Swept> {
  const plan = await planFolder(store, { maxCount: 1, suspended: false }, { now, runDeadlineMs: hour });
  return sweepFolder(store, plan, { guard: async () => true });
}

test.each([
  ['the oldest artifact of a chain', 'artifacts/orders-run-1.backup'],
  ['its newest one', 'artifacts/orders-run-3.backup'],
  ['a manifest in its middle', 'manifests/run-2/orders.json'],
])('a lock on %s keeps the whole chain, the others go, and later it goes, too', async (_which, key) => {
  locks.set(key, { by: 'Object Lock', until });
  const store = locking();
  const swept = await sweep(store);
  expect(swept).toMatchObject({ removed: 1, held: [{ reason: 'ObjectLocked', count: 1, until }] });
  expect(swept.held[0]?.message).toContain(`"${key}" by Object Lock until ${until.toISOString()}`);
  expect(await keysIn(inner)).toEqual(keysOf([...old, ...kept], ['run-1', 'run-2', 'run-3', 'run-4']));
  now = until;
  expect(await sweep(store)).toMatchObject({ removed: 3, held: [] });
  expect(await keysIn(inner)).toEqual(keysOf(kept, ['run-4']));
});

test('a hold without an end outweighs any time', async () => {
  locks.set('artifacts/orders-run-1.backup', { by: 'Object Lock', until });
  locks.set('artifacts/orders-run-2.backup', { by: 'a legal hold' });
  const alone = await sweep(locking());
  expect(alone.held).toMatchObject([{ count: 1, message: expect.stringContaining('by a legal hold until somebody') }]);
  expect(alone.held[0]).not.toHaveProperty('until');
});

test('of several chains the first end is told', async () => {
  locks.set('artifacts/orders-run-1.backup', { by: 'Object Lock', until });
  const first = new Date(until.getTime() - hour);
  locks.set('artifacts/system-run-1.backup', { by: 'Object Lock', until: first });
  const { removed, held } = await sweep(locking());
  expect([removed, held[0]?.count, held[0]?.until]).toEqual([0, 2, first]);
  expect(held[0]?.message).toContain('2 chains stay although the policy removes them');
});

test('a refusal that the store does not announce leaves a whole chain, stops neither the others nor what comes later', async () => {
  locks.set('artifacts/orders-run-2.backup', { by: 'Object Lock', until });
  const store = locking({ silent: true });
  const swept = await sweep(store);
  expect(swept).toMatchObject({
    removed: 2,
    held: [{ reason: 'ObjectLocked', message: expect.stringContaining('locked by') }],
  });
  await expectWhole(inner, [old, kept]);
  expect(await keysIn(inner)).not.toContain('artifacts/system-run-1.backup');
  const { finished, locked } = await finishRemovals(store, { guard: async () => true });
  expect([finished, locked.map(({ entry }) => entry.manifest.run)]).toEqual([true, ['run-2']]);
  expect((await sweep(store)).held).toMatchObject([{ reason: 'ObjectLocked', count: 1 }]);
  now = until;
  expect(await sweep(store)).toMatchObject({ held: [] });
  expect(await keysIn(inner)).toEqual(keysOf(kept, ['run-4']));
});

test('a bucket that locks whatever is written keeps only the notes of removals, each counted once, until their time is over', async () => {
  const store = locking({ writes: true });
  expect(await sweep(store)).toMatchObject({ removed: 4, held: [] });
  const notes = (await keysIn(inner)).filter((key) => key.startsWith('removing/'));
  expect(notes).toHaveLength(4);
  expect((await keysIn(inner)).filter((key) => !notes.includes(key))).toEqual(keysOf(kept, ['run-4']));
  expect(await sweep(store)).toMatchObject({ removed: 0, held: [], reclaimedBytes: 0 });
  now = new Date(now.getTime() + 25 * hour);
  expect(await sweep(store)).toMatchObject({ removed: 0, held: [] });
  expect(await keysIn(inner)).toEqual(keysOf(kept, ['run-4']));
});
