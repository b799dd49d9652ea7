import { attemptKey, type CatalogueEntry, runLogKey } from '@holdfast/core';
import type { Manifest } from '@holdfast/types';
import { expect } from 'vitest';
import type { ObjectStore } from '../object-store.ts';
import { writeManifest } from './manifests.ts';
import { readCatalogue } from './read-catalogue.ts';
import type { SweepPlan } from './sweep-chains.ts';

/** For tests: what must hold at every instant: of each chain the older end is left, whole, and at most one artifact has no manifest. */
export async function expectWhole(folder: ObjectStore, chains: readonly (readonly Manifest[])[]): Promise<void> {
  const there = new Set(await keysIn(folder));
  let withoutManifest = 0;
  for (const chain of chains) {
    const counts = chain.map(({ run, database }) => there.has(`manifests/${run}/${database}.json`));
    expect(counts.toSorted((a, b) => Number(b) - Number(a))).toEqual(counts);
    for (const [index, { objects }] of chain.entries()) {
      const present = objects.filter(({ key }) => there.has(key)).length;
      if (counts[index]) expect(present).toBe(objects.length);
      else if (present > 0) withoutManifest += 1;
    }
  }
  expect(withoutManifest).toBeLessThanOrEqual(1);
}

/** For tests: each artifact with its objects, its run's documents and its manifest. */
export async function fill(folder: ObjectStore, manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    for (const { key, bytes } of manifest.objects) await folder.create(key, Buffer.alloc(bytes, 'x'));
    for (const key of documentsOf(manifest.run)) await folder.create(key, Buffer.from('{}'));
    await writeManifest(folder, manifest);
  }
}

/** For tests: as retention plans: from what can be read now, newest first. */
export async function planOf(folder: ObjectStore, chains: readonly (readonly Manifest[])[]): Promise<SweepPlan> {
  const { entries } = await readCatalogue(folder);
  const found = new Map(entries.map((entry) => [entry.key, entry]));
  const planned = chains.map((chain) =>
    chain.flatMap((manifest) => found.get(entryOf(manifest).key) ?? []).toReversed(),
  );
  return {
    chains: planned
      .filter((chain) => chain.length > 0)
      .map((chain) => ({ chain: chain[0]?.manifest.chain ?? '', entries: chain })),
  };
}

/** For tests: a manifest as a listing finds it. */
export function entryOf(manifest: Manifest): CatalogueEntry {
  return { manifest, key: `manifests/${manifest.run}/${manifest.database}.json`, modifiedAt: new Date() };
}

function documentsOf(run: string): string[] {
  return [attemptKey(run, 1, 'poduid-1234'), runLogKey(run)];
}

/** For tests: what is left when these artifacts and the documents of these runs are. */
export function keysOf(manifests: readonly Manifest[], runs: readonly string[]): string[] {
  const artifacts = manifests.flatMap((manifest) => [entryOf(manifest).key, ...manifest.objects.map(({ key }) => key)]);
  return [...artifacts, ...runs.flatMap(documentsOf)].toSorted();
}

/** For tests: everything that is there, sorted. */
export async function keysIn(folder: ObjectStore): Promise<string[]> {
  return (await Array.fromAsync(folder.list(''), ({ key }) => key)).toSorted();
}
