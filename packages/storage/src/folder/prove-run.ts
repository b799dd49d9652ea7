import { type CatalogueEntry, checkArtifact, type Finding, manifestFolder, type Measured } from '@holdfast/core';
import { eachOf } from '../each-of.ts';
import type { ObjectStore } from '../object-store.ts';
import { readManifestsBelow } from './read-catalogue.ts';

export interface Proof {
  readonly manifests: CatalogueEntry[];
  /** Empty when every object is what its manifest says. */
  readonly findings: Finding[];
}

/** Holds the manifests of a run against the objects in the store. No manifest and no finding means: the run left nothing. */
export async function proveRun(store: ObjectStore, run: string, signal?: AbortSignal): Promise<Proof> {
  const { entries, unreadable } = await readManifestsBelow(store, manifestFolder(run), signal);
  const measured = new Map<string, Measured>();
  const keys = new Set(entries.flatMap(({ manifest }) => manifest.objects.map(({ key }) => key)));
  await eachOf(keys, { limit: headsAtOnce, signal }, async (key) => {
    const entry = await store.head(key, signal);
    if (entry) measured.set(key, entry);
  });
  const findings = entries.flatMap(({ manifest }) => checkArtifact(manifest, measured));
  return { manifests: entries, findings: [...unreadable.map(unreadableFinding), ...findings] };
}

const headsAtOnce = 16;

function unreadableFinding({ key, problem }: { key: string; problem: string }): Finding {
  return { reason: 'UnreadableManifest', key, message: `${key} cannot be read: ${problem}` };
}
