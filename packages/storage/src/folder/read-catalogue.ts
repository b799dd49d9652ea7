import { type CatalogueEntry, type FoundMark, manifestsFolder, withMarks } from '@holdfast/core';
import { eachOf } from '../each-of.ts';
import type { ObjectStore, StoredEntry } from '../object-store.ts';
import type { KnownManifests } from './manifest-memory.ts';
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

/** Reads every manifest of a folder, some at a time, but for those that are known already. The order is not promised. */
export async function readCatalogue(
  store: ObjectStore,
  signal?: AbortSignal,
  known?: KnownManifests,
): Promise<MarkedCatalogue> {
  const { entries, unreadable } = await readManifestsBelow(store, manifestsFolder, { signal, known });
  const marks = await readMarks(store, signal);
  return { entries: withMarks(entries, marks), unreadable, marks };
}

/** The same for a part of the folder, such as one run's manifests or the notes of unfinished removals. */
export async function readManifestsBelow(
  store: ObjectStore,
  prefix: string,
  { signal, isWanted = () => true, known }: ReadingOptions = {},
): Promise<Catalogue> {
  const catalogue: Catalogue = { entries: [], unreadable: [] };
  const unread: StoredEntry[] = [];
  for await (const entry of store.list(prefix, signal)) {
    if (!isWanted(entry.key)) continue;
    const manifest = known?.recall(entry);
    if (manifest) catalogue.entries.push({ manifest, key: entry.key, modifiedAt: entry.modifiedAt });
    else unread.push(entry);
  }
  await eachOf(unread, { limit: readsAtOnce, signal }, (entry) => readInto(catalogue, store, { entry, signal, known }));
  return catalogue;
}

interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly isWanted?: (key: string) => boolean;
  readonly known?: KnownManifests | undefined;
}

const readsAtOnce = 16;

async function readInto(
  { entries, unreadable }: Catalogue,
  store: ObjectStore,
  { entry, signal, known }: Pick<ReadingOptions, 'signal' | 'known'> & { entry: StoredEntry },
): Promise<void> {
  const { key, modifiedAt } = entry;
  const read = await readManifest(store, key, signal);
  if (read.kind === 'read') {
    entries.push({ manifest: read.manifest, key, modifiedAt });
    known?.remember(entry, read.manifest);
  }
  // Missing: removed since it was listed, so it does not count any more.
  if (read.kind === 'unreadable') unreadable.push({ key, problem: read.problem });
}
