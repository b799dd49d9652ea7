import { suspectKey } from '@holdfast/core';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { finishRemovals } from './finish-removals.ts';
import { writeManifest } from './manifests.ts';
import { readCatalogue } from './read-catalogue.ts';
import { markOf, writeMark } from './suspect-marks.ts';
import { sweepChains } from './sweep-chains.ts';

const found = { run: 'look', reason: 'ArtifactChanged', message: 'it has another content', at: new Date(0) };
const manifest = aManifest({ run: 'run-1' });
const own = { run: 'run-1', artifact: manifest.artifact };
let store: ObjectStore;
beforeEach(async () => {
  store = openMemory();
  await writeManifest(store, manifest);
});

test('the catalogue knows what was marked, and the first look is believed', async () => {
  expect(await writeMark(store, markOf({ manifest }, found))).toBe(true);
  expect(await writeMark(store, markOf({ manifest }, { ...found, message: 'other words' }))).toBe(false);
  const { entries, marks } = await readCatalogue(store);
  expect(marks).toMatchObject([
    { artifactRun: 'run-1', database: 'orders', keys: manifest.objects.map(({ key }) => key) },
  ]);
  expect(entries[0]?.suspect).toEqual({
    reason: 'ArtifactChanged',
    message: found.message,
    time: found.at,
    foundBy: 'look',
  });
});

test('a mark that cannot be read still marks what its key names', async () => {
  await store.create(suspectKey('look', own), Buffer.from('{"v": 7}'));
  const { entries } = await readCatalogue(store);
  expect(entries[0]?.suspect?.message).toContain('cannot be read');
});

test('marks go with their artifact, others stay', async () => {
  const other = aManifest({ run: 'run-2' });
  await writeManifest(store, other);
  for (const each of [manifest, other]) await writeMark(store, markOf({ manifest: each }, found));
  const { entries } = await readCatalogue(store);
  const going = entries.filter((entry) => entry.manifest.run === 'run-1');
  await sweepChains(store, { chains: [{ chain: 'c', entries: going }] }, { guard: async () => true });
  const left = await Array.fromAsync(store.list('suspect/'), ({ key }) => key);
  expect(left).toEqual([suspectKey('look', { run: 'run-2', artifact: other.artifact })]);
});

test('a removal that was interrupted takes the mark with it when it is finished', async () => {
  await writeMark(store, markOf({ manifest }, found));
  await store.create('removing/run-1/orders.json', Buffer.from(JSON.stringify(manifest)));
  await store.remove('manifests/run-1/orders.json');
  await finishRemovals(store, { guard: async () => true });
  expect(await Array.fromAsync(store.list(''))).toEqual([]);
});
