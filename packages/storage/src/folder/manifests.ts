import { type CatalogueEntry, databaseKey, manifestKey, parseKey } from '@holdfast/core';
import { formatVersion, type Manifest, manifestSchema } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readTyped, writeDocument } from './documents.ts';

export type ReadManifest =
  | { readonly kind: 'missing' }
  | { readonly kind: 'read'; readonly manifest: Manifest }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Makes an artifact count. Again with the same content is success. */
export async function writeManifest(
  store: ObjectStore,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<CatalogueEntry & { created: boolean }> {
  const parsed = manifestSchema.parse(manifest);
  const { key, created, modifiedAt } = await writeDocument(
    store,
    manifestKey(manifest.run, manifest.database),
    parsed,
    signal,
  );
  return { manifest: parsed, key, modifiedAt, created };
}

/** Reads a manifest, or the note about one that is being removed, which is a copy. It must say what its key says. */
export async function readManifest(store: ObjectStore, key: string, signal?: AbortSignal): Promise<ReadManifest> {
  const place = parseKey(key);
  if (place?.kind !== 'manifest' && place?.kind !== 'removing')
    return { kind: 'unreadable', problem: 'its key is not that of a manifest' };
  const document = await readTyped(store, key, { schema: manifestSchema, formatVersion, signal });
  if (document.kind !== 'read') return document;
  const manifest = document.value;
  if (manifest.run !== place.run) return { kind: 'unreadable', problem: `it says run ${shown(manifest.run)}` };
  if (databaseKey(manifest.database) !== place.databaseKey)
    return { kind: 'unreadable', problem: `it says database ${shown(manifest.database)}` };
  return { kind: 'read', manifest };
}

/** What a document says of itself, as it may stand in a status: short, and without control characters. */
function shown(text: string): string {
  return JSON.stringify(text).slice(1, -1).slice(0, 80);
}
