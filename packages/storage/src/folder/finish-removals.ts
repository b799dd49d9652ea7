import { manifestKey, removingFolder } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readCatalogue, readManifestsBelow } from './read-catalogue.ts';
import { markKeys } from './suspect-marks.ts';
import { removeArtifact, type RemoveOptions, requireRemovable } from './remove-artifact.ts';

/**
 * Finishes what an interrupted sweep left. To be called by whoever holds the folder's lock and before anything adopts artifacts
 * without manifest: such an artifact may be half gone.
 * @returns false when the guard said stop
 * @throws BackupError `UnreadableManifest` while a note, or any manifest that might name the same objects, cannot be read
 */
export async function finishRemovals(
  store: ObjectStore,
  options: Omit<RemoveOptions, 'spare' | 'marksOf'>,
): Promise<boolean> {
  const { signal } = options;
  const notes = await readManifestsBelow(store, removingFolder, signal);
  if (notes.entries.length === 0 && notes.unreadable.length === 0) return true;
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
  for (const { key, manifest } of notes.entries) {
    const own = manifestKey(manifest.run, manifest.database);
    requireRemovable(store, { manifest, key: own });
    if (!(await options.guard())) return false;
    // Nothing but the note happened: the artifact counts, and only a new plan may remove it. A listing could have left the manifest out.
    if (await store.head(own, signal)) await store.remove(key, signal);
    else if (!(await removeArtifact(store, manifest, { ...options, marksOf, spare: (object) => inUse.has(object) })))
      return false;
  }
  return true;
}
