import { expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { ManifestMemory } from './manifest-memory.ts';
import { writeManifest } from './manifests.ts';
import { readCatalogue } from './read-catalogue.ts';

/** A folder with so many manifests, and the keys that were read in it. */
async function aFolder(
  manifests: number,
): Promise<{ store: ObjectStore; read: string[]; add: (run: string) => Promise<string> }> {
  const real = openMemory({ now: () => new Date('2026-03-01T02:00:00Z') });
  const read: string[] = [];
  const store: ObjectStore = {
    ...real,
    read: (key, options) => {
      read.push(key);
      return real.read(key, options);
    },
  };
  const add = async (run: string) => (await writeManifest(real, aManifest({ run }))).key;
  for (let run = 1; run <= manifests; run += 1) await add(`run-${run}`);
  return { store, read, add };
}

test('what was read once is not read again, and what is new is', async () => {
  const { store, read, add } = await aFolder(3);
  const known = new ManifestMemory().of('uid', store);
  const first = await readCatalogue(store, undefined, known);
  expect(read).toHaveLength(3);
  const fresh = await add('run-4');
  const second = await readCatalogue(store, undefined, known);
  expect(read.slice(3)).toEqual([fresh]);
  expect(second.entries).toEqual(expect.arrayContaining(first.entries));
  expect(second.entries).toHaveLength(4);
});

test('what the store does not show any more does not count, however well it is remembered', async () => {
  const { store } = await aFolder(2);
  const known = new ManifestMemory().of('uid', store);
  const [gone] = (await readCatalogue(store, undefined, known)).entries;
  await store.remove(gone?.key ?? '');
  const { entries } = await readCatalogue(store, undefined, known);
  expect(entries.map(({ key }) => key)).not.toContain(gone?.key);
  expect(entries).toHaveLength(1);
});

test('another object under the same key is read', async () => {
  const { store } = await aFolder(1);
  const known = new ManifestMemory().of('uid', store);
  const [entry] = (await readCatalogue(store, undefined, known)).entries;
  await store.remove(entry?.key ?? '');
  await store.create(entry?.key ?? '', Buffer.from('{"formatVersion": 99}'));
  const { entries, unreadable } = await readCatalogue(store, undefined, known);
  expect([entries, unreadable]).toMatchObject([[], [{ key: entry?.key }]]);
});

test('what cannot be read is tried again', async () => {
  const { store, read } = await aFolder(0);
  await store.create('manifests/run-1/orders.json', Buffer.from('half a docu'));
  const known = new ManifestMemory().of('uid', store);
  for (const times of [1, 2]) {
    expect((await readCatalogue(store, undefined, known)).unreadable).toHaveLength(1);
    expect(read).toHaveLength(times);
  }
});

test('nobody learns from what another was shown, and the least recently seen folder is forgotten first', async () => {
  const { store, read } = await aFolder(3);
  const [bytes] = await Array.fromAsync(store.list('manifests/'), (entry) => entry.bytes);
  const memory = new ManifestMemory({ bytes: 7 * (bytes ?? 0) });
  const readBy = async (owner: string): Promise<number> => {
    read.length = 0;
    await readCatalogue(store, undefined, memory.of(owner, store));
    return read.length;
  };
  expect(await readBy('one')).toBe(3);
  expect(await readBy('two')).toBe(3);
  expect(await readBy('one')).toBe(0);
  expect(await readBy('three')).toBe(3); // there is room for seven
  expect(await readBy('one')).toBe(0);
  expect(await readBy('two')).toBeGreaterThan(0);
});
