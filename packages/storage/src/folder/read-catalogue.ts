import { type CatalogueEntry, type FoundMark, manifestsFolder, withMarks } from '@holdfast/core';
import { eachOf } from '../each-of.ts';
import type { ObjectStore, StoredEntry } from '../object-store.ts';
import { readManifest } from './manifests.ts';
import { readMarks } from './suspect-marks.ts';

/** Everything that counts in a backup's folder, and what may count but cannot be read. */
export interface Catalogue {
  readonly entries: CatalogueEntry[];
  /** While there is one, nothing in the folder may be removed. */
  readonly unreadable: { readonly key: string; readonly problem: string }[];
}

export interface MarkedCatalogue extends Catalogue {
  /** What was found missing or spoiled; the entries know it already. */
  readonly marks: readonly FoundMark[];
}

/** Reads every manifest of a folder, some at a time. The order is not promised. */
export async function readCatalogue(store: ObjectStore, signal?: AbortSignal): Promise<MarkedCatalogue> {
  const { entries, unreadable } = await readManifestsBelow(store, manifestsFolder, signal);
  const marks = await readMarks(store, signal);
  return { entries: withMarks(entries, marks), unreadable, marks };
}

/** The same for a part of the folder, such as one run's manifests or the notes of unfinished removals. */
export async function readManifestsBelow(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
  isWanted: (key: string) => boolean = () => true,
): Promise<Catalogue> {
  const catalogue: Catalogue = { entries: [], unreadable: [] };
  const listed = (await Array.fromAsync(store.list(prefix, signal))).filter(({ key }) => isWanted(key));
  await eachOf(listed, { limit: readsAtOnce, signal }, (entry) => readInto(catalogue, store, { entry, signal }));
  return catalogue;
}

const readsAtOnce = 16;

async function readInto(
  { entries, unreadable }: Catalogue,
  store: ObjectStore,
  { entry, signal }: { entry: StoredEntry; signal: AbortSignal | undefined },
): Promise<void> {
  const { key, modifiedAt } = entry;
  const read = await readManifest(store, key, signal);
  if (read.kind === 'read') entries.push({ manifest: read.manifest, key, modifiedAt });
  // Missing: removed since it was listed, so it does not count any more.
  if (read.kind === 'unreadable') unreadable.push({ key, problem: read.problem });
}
