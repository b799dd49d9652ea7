import {
  artifactsFolder,
  type CatalogueEntry,
  manifestFolder,
  manifestKey,
  removingKey,
  runFolder,
} from '@holdfast/core';
import { BackupError, type Manifest, relativeKey } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { isLocked } from './is-locked.ts';

export interface RemovedArtifact {
  readonly manifest: Manifest;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Makes sure that a manifest names nothing but artifacts of this folder, before anything is removed.
 * @throws BackupError `UnreadableManifest`, terminal, for any other key: such a manifest was not written by us
 */
export function requireRemovable(
  store: ObjectStore,
  { manifest, key }: Pick<CatalogueEntry, 'manifest' | 'key'>,
): void {
  if (key !== manifestKey(manifest.run, manifest.database))
    throw foreign(store, key, `says run ${manifest.run} and database ${manifest.database}`);
  for (const object of manifest.objects) {
    if (relativeKey.safeParse(object.key).success && object.key.startsWith(artifactsFolder)) continue;
    throw foreign(store, key, `names ${JSON.stringify(object.key)}, which is no artifact of this folder`);
  }
}

export interface RemoveOptions {
  readonly guard: () => Promise<boolean>;
  readonly onRemoved?: ((removed: RemovedArtifact) => void) | undefined;
  /** Marks of an artifact: they go with it. */
  readonly marksOf: (manifest: Manifest) => readonly string[];
  /** Objects that another manifest names and that therefore stay. */
  readonly spare: (key: string) => boolean;
  /** Runs whose documents stay: they alone explain objects that never counted. Absent: nobody has looked, and all of them stay. */
  readonly explaining?: ReadonlySet<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Removes what an artifact leaves when its manifest has gone, and last the note about it. False when the guard said stop. */
export async function removeArtifact(
  store: ObjectStore,
  manifest: Manifest,
  { guard, onRemoved, marksOf, spare, explaining, signal }: RemoveOptions,
): Promise<boolean> {
  const objects = manifest.objects.filter(({ key }) => !spare(key));
  if (!(await guard())) return false;
  // Parts first and the artifact itself last: what the engine finds in the folder is whole or nothing.
  await removeAll(store, objects.map(({ key }) => key).toReversed(), signal);
  await removeAll(store, marksOf(manifest), signal);
  const proveNothing = explaining?.has(manifest.run) === false;
  if (proveNothing && !(await removeRunDocuments(store, manifest.run, { guard, signal }))) return false;
  await removeNote(store, removingKey(manifest.run, manifest.database), signal);
  onRemoved?.({ manifest, objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) });
  return true;
}

/** A bucket that locks whatever is written into it keeps the note of a removal that is over; it goes with a later sweep. */
export async function removeNote(store: ObjectStore, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await store.remove(key, signal);
  } catch (error) {
    if (!isLocked(error)) throw error;
  }
}

/** A run's documents are evidence for its manifests; without one they prove nothing. */
async function removeRunDocuments(
  store: ObjectStore,
  run: string,
  { guard, signal }: Pick<RemoveOptions, 'guard' | 'signal'>,
): Promise<boolean> {
  for await (const _manifest of store.list(manifestFolder(run), signal)) return true;
  const documents = await Array.fromAsync(store.list(runFolder(run), signal), ({ key }) => key);
  if (documents.length === 0) return true;
  if (!(await guard())) return false;
  await removeAll(store, documents, signal);
  return true;
}

/** Removes in batches and throws the first refusal. */
export async function removeAll(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (keys.length === 0) return;
  const removals = await store.removeMany(keys, signal);
  const error = removals.find((removal) => removal.error)?.error;
  if (error) throw error;
}

function foreign(store: ObjectStore, key: string, how: string): BackupError {
  return new BackupError(
    'UnreadableManifest',
    'terminal',
    `${store.place}: manifest "${key}" ${how}; nothing is removed until someone looks at it`,
  );
}
