import { archivedKey } from '@holdfast/core';
import { BackupError, type Manifest } from '@holdfast/types';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { entryOf, expectWhole, fill, keysIn, keysOf } from './a-swept-folder.ts';
import { archiveChain, readArchived } from './archive-chain.ts';
import { Killed, killing } from './killing.ts';
import { planFolder, type FolderPlan } from './plan-folder.ts';
import { sweepFolder } from './sweep-folder.ts';
import { listArchive } from './read-archive.ts';

const now = new Date('2026-03-10T00:00:00Z');
const yes = async (): Promise<boolean> => true;
const policy = { maxCount: 2, deletePolicy: 'Archive', suspended: false } as const;
const facts = { now, runDeadlineMs: 3_600_000 };

/** A chain of three runs that expired, and one of two that is kept. */
const old = [
  aManifest({ run: 'run-1', parts: 2 }),
  aManifest({ run: 'run-2', chain: 'orders-run-1' }),
  aManifest({ run: 'run-3', chain: 'orders-run-1', parts: 1 }),
].map(linked);
const kept = [aManifest({ run: 'run-4' }), aManifest({ run: 'run-5', chain: 'orders-run-4' })].map(linked);
const inArchive = old
  .flatMap((manifest) => [entryOf(manifest).key, ...manifest.objects.map(({ key }) => key)])
  .map((key) => archivedKey('orders-run-1', key))
  .toSorted();

let store: ObjectStore;
beforeEach(() => {
  store = openMemory({ now: () => now });
});

test('an expired chain goes into the archive whole, and what is read of it there says all that it said here', async () => {
  await fill(store, [...old, ...kept]);
  const plan = await planFolder(store, policy, facts);
  const swept = await sweepFolder(store, plan, { guard: yes });
  expect(swept).toMatchObject({ removed: 0, archived: 3, archivedBytes: bytesOf(old), reclaimedBytes: 0, held: [] });
  expect(await keysIn(store)).toEqual([...inArchive, ...keysOf(kept, ['run-4', 'run-5'])].toSorted());
  for (const manifest of old) {
    const read = await readArchived(store, archivedKey('orders-run-1', entryOf(manifest).key));
    expect(read).toMatchObject({ kind: 'read', value: { manifest, archivedTime: now.toISOString() } });
    expect(read.kind === 'read' && read.value.objects.map(({ key }) => key)).toEqual(
      manifest.objects.map(({ key }) => archivedKey('orders-run-1', key)),
    );
  }
  expect(swept.archive).toMatchObject({
    chains: 1,
    artifacts: 3,
    bytes: bytesOf(old),
    newest: [{ chain: 'orders-run-1', database: 'orders' }],
  });
});

test('what is archived counts no more: nothing is planned for it, neither as a leftover', async () => {
  await fill(store, [...old, ...kept]);
  await sweepFolder(store, await planFolder(store, policy, facts), { guard: yes });
  const again = await planFolder(store, { ...policy, deletePolicy: 'Delete' }, facts);
  expect(again.remove).toEqual([]);
  expect(again.held).toEqual([]);
  expect(again.leftovers).toMatchObject({ remove: [], unexplained: { count: 0 } });
  expect(again.archive).toMatchObject({ chains: 1, artifacts: 3 });
  await sweepFolder(store, again, { guard: yes });
  expect(await keysIn(store)).toEqual([...inArchive, ...keysOf(kept, ['run-4', 'run-5'])].toSorted());
});

describe('killed at any change', () => {
  test.each(['before', 'after'] as const)(
    '%s it, the chain is whole in the folder or whole in the archive, and the next run ends with the same',
    async (when) => {
      let change = 1;
      for (; ; change += 1) {
        const folder = openMemory({ now: () => now });
        await fill(folder, [...old, ...kept]);
        if (await once(folder, { change, when })) break;
        await once(folder, { change: Infinity, when });
        expect(await keysIn(folder)).toEqual([...inArchive, ...keysOf(kept, ['run-4', 'run-5'])].toSorted());
      }
      expect(change).toBeGreaterThan(25);
    },
  );

  test('and again in every following attempt, it still comes to its end', async () => {
    await fill(store, [...old, ...kept]);
    let attempts = 1;
    while (attempts < 60 && !(await once(store, { change: 5, when: 'after' }))) attempts += 1;
    expect(attempts).toBeGreaterThan(4);
    expect(await keysIn(store)).toEqual([...inArchive, ...keysOf(kept, ['run-4', 'run-5'])].toSorted());
  });

  /** One process: plans from what it finds, archives, and may be killed. True when it came to its end. */
  async function once(folder: ObjectStore, at: { change: number; when: 'before' | 'after' }): Promise<boolean> {
    const plan = await planFolder(folder, policy, facts);
    const { store: mortal } = killing(folder, at, async () => {
      await expectWhole(folder, [old, kept]);
      await expectWholeArchive(folder);
    });
    try {
      await sweepFolder(mortal, plan, { guard: yes });
      return true;
    } catch (error) {
      if (error instanceof Killed) return false;
      throw error;
    }
  }
});

test('the guard is asked before each object, and ends it without harm', async () => {
  for (let allowed = 0; ; allowed += 1) {
    const folder = openMemory({ now: () => now });
    await fill(folder, [...old, ...kept]);
    let asked = 0;
    const guard = async (): Promise<boolean> => (asked += 1) <= allowed;
    const { archived } = await sweepFolder(folder, await planFolder(folder, policy, facts), { guard });
    await expectWhole(folder, [old, kept]);
    await expectWholeArchive(folder);
    if (archived === 3 && asked <= allowed) return expect(allowed).toBeGreaterThan(12);
  }
});

describe('a chain that cannot be archived stays whole, and says why', () => {
  const first = old[0]?.objects[0]?.key ?? '';
  test.each([
    ['an object is missing', () => store.remove(first), 'ArtifactMissing', first],
    ['an object is shorter', () => replaced(first), 'ArtifactChanged', first],
    [
      'something else lies where it should go',
      () => store.create(archivedKey('orders-run-1', first), Buffer.from('?')),
      'ArtifactChanged',
      archivedKey('orders-run-1', first),
    ],
  ] as const)('%s', async (_what, spoil, reason, named) => {
    await fill(store, [...old, ...kept]);
    await spoil();
    const { archived, held } = await sweepFolder(store, await planOf(), { guard: yes });
    expect(archived).toBe(0);
    expect(held).toMatchObject([{ reason, message: expect.stringContaining(`"${named}"`) }]);
    for (const manifest of old) expect(await keysIn(store)).toContain(entryOf(manifest).key);
    expect(await listArchive(store)).toEqual([]);
  });

  test('while the others go', async () => {
    const other = [linked(aManifest({ run: 'run-2', database: 'system' }))];
    await fill(store, [...old, ...other, ...kept, linked(aManifest({ run: 'run-5', database: 'system' }))]);
    await store.remove(first);
    const { archived, held } = await sweepFolder(store, await planOf(), { guard: yes });
    expect([archived, held.length]).toEqual([1, 1]);
    expect((await listArchive(store)).map(({ chain }) => chain)).toEqual(['system-run-2']);
  });

  async function replaced(key: string): Promise<void> {
    await store.remove(key);
    await store.create(key, Buffer.from('short'));
  }

  /** Under a policy that lets a broken chain go, too. */
  async function planOf(): Promise<FolderPlan> {
    return planFolder(store, policy, facts);
  }
});

test('a document of the archive that cannot be read, or speaks of another artifact, removes nothing', async () => {
  await fill(store, [...old, ...kept]);
  const before = await keysIn(store);
  const document = archivedKey('orders-run-1', entryOf(old[0] as Manifest).key);
  for (const text of ['{"formatVersion": 7}', 'junk']) {
    await store.create(document, Buffer.from(text));
    await expect(sweepFolder(store, await planFolder(store, policy, facts), { guard: yes })).rejects.toMatchObject({
      reason: 'UnreadableManifest',
      fate: 'terminal',
    });
    await store.remove(document);
    expect(await keysIn(store)).toEqual(before);
  }
});

test('a chain with a name that is no step of a path is refused before anything is copied', async () => {
  const archive = (chain: string) =>
    archiveChain(store, { chain, entries: old.map(entryOf) }, { guard: yes, now }).catch((error: unknown) => error);
  await fill(store, old);
  for (const chain of ['../elsewhere', 'a/b', '', '.', 'x'.repeat(300)])
    expect(await archive(chain)).toBeInstanceOf(BackupError);
  expect((await keysIn(store)).filter((key) => key.startsWith('archive/'))).toEqual([]);
});

/** What the archive speaks of is there, and it is the older end of the chain. */
async function expectWholeArchive(folder: ObjectStore): Promise<void> {
  const there = new Set(await keysIn(folder));
  const told = old.map((manifest) => there.has(archivedKey('orders-run-1', entryOf(manifest).key)));
  expect(told.toSorted((a, b) => Number(b) - Number(a))).toEqual(told);
  for (const [index, { objects }] of old.entries())
    if (told[index]) for (const { key } of objects) expect(there).toContain(archivedKey('orders-run-1', key));
  // Nothing leaves the folder before all of it stands in the archive.
  const inFolder = old.every((manifest) => there.has(entryOf(manifest).key));
  expect(inFolder || told.every(Boolean)).toBe(true);
}

/** Made one after the other, each DIFF upon the run before it, by the hour. */
function linked(manifest: Manifest): Manifest {
  const number = Number(manifest.run.slice('run-'.length));
  const time = new Date(Date.UTC(2026, 2, 1, number)).toISOString();
  const isFull = manifest.chain === manifest.artifact.replace('.backup', '');
  return {
    ...manifest,
    ...(!isFull && { parent: `${manifest.database}-run-${number - 1}.backup` }),
    lowestTx: isFull ? 1 : number * 10,
    highestTx: number * 10 + 9,
    startTime: time,
    completionTime: time,
    artifactTime: time,
  };
}

function bytesOf(manifests: readonly Manifest[]): number {
  return manifests.reduce((sum, { bytes }) => sum + bytes, 0);
}
