import { type CatalogueEntry, manifestKey, removingFolder } from '@holdfast/core';
import { BackupError, type Manifest } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readCatalogue, readManifestsBelow } from './read-catalogue.ts';
import { markKeys } from './suspect-marks.ts';
import { isLocked } from './is-locked.ts';
import { removeArtifact, removeNote, type RemoveOptions, requireRemovable } from './remove-artifact.ts';

export interface FinishedRemovals {
  /** False when the guard said stop. */
  readonly finished: boolean;
  /** Artifacts without manifest of which the store keeps something locked: they are half gone, and a later call goes on with them. */
  readonly locked: readonly { readonly entry: CatalogueEntry; readonly error: BackupError }[];
}

/**
 * Finishes what an interrupted sweep left. To be called by whoever holds the folder's lock and before anything adopts artifacts
 * without manifest: such an artifact may be half gone.
 * @throws BackupError `UnreadableManifest` while a note, or any manifest that might name the same objects, cannot be read
 */
export async function finishRemovals(
  store: ObjectStore,
  options: Omit<RemoveOptions, 'spare' | 'marksOf'>,
): Promise<FinishedRemovals> {
  const { signal } = options;
  const locked: { entry: CatalogueEntry; error: BackupError }[] = [];
  const notes = await readManifestsBelow(store, removingFolder, { signal });
  if (notes.entries.length === 0 && notes.unreadable.length === 0) return { finished: true, locked };
  const { entries, unreadable } = await readCatalogue(store, signal);
  const [doubtful] = [...notes.unreadable, ...unreadable];
  if (doubtful) {
    throw new BackupError(
      'UnreadableManifest',
      'terminal',
      `${store.place}: "${doubtful.key}" cannot be read, so an earlier removal is not finished: ${doubtful.problem}`,
    );
  }
  const inUse = new Set(entries.flatMap(({ manifest }) => manifest.objects.map(({ key }) => key)));
  const marksOf = await markKeys(store, signal);
  const finishing = { ...options, marksOf, spare: (object: string) => inUse.has(object) };
  for (const { key, manifest, modifiedAt } of notes.entries) {
    const own = manifestKey(manifest.run, manifest.database);
    requireRemovable(store, { manifest, key: own });
    if (!(await options.guard())) return { finished: false, locked };
    try {
      // Nothing but the note happened: the artifact counts, and only a new plan may remove it. A listing could have left the manifest out.
      if (await store.head(own, signal)) await removeNote(store, key, signal);
      else if (!(await removeArtifact(store, manifest, await uncountedIfGone(store, manifest, finishing))))
        return { finished: false, locked };
    } catch (error) {
      if (!isLocked(error)) throw error;
      locked.push({ entry: { manifest, key: own, modifiedAt }, error });
    }
  }
  return { finished: true, locked };
}

/** Of what is gone already only the note is left, which a store that locks whatever is written keeps for longer. */
async function uncountedIfGone(
  store: ObjectStore,
  { objects }: Manifest,
  { onRemoved, ...options }: RemoveOptions,
): Promise<RemoveOptions> {
  for (const { key } of objects)
    if (!options.spare(key) && (await store.head(key, options.signal))) return { ...options, onRemoved };
  return options;
}
