import { archiveFolder, manifestsFolder, parseKey } from '@holdfast/core';
import type { Erased } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { removeAll } from './remove-artifact.ts';

export interface EraseOptions {
  /** Asked before every batch; false ends it there. */
  readonly guard: () => Promise<boolean>;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes everything that Holdfast made below a backup's folder, and leaves what others put there. What makes artifacts count goes first, so that
 * nothing half gone ever looks like a backup; whose folder it was goes last, so that nobody takes a half erased one for his own. Killed at any point,
 * the next run goes on with what it finds.
 * @returns undefined when the guard said stop
 * @throws BackupError `ObjectLocked` and others for the first object that the store keeps; the rest of its batch is gone
 */
export async function eraseFolder(store: ObjectStore, options: EraseOptions): Promise<Erased | undefined> {
  const { guard, now, signal } = options;
  const erased = { objects: 0, bytes: 0, foreign: 0 };
  for (const group of [manifests, everything, owners]) {
    for await (const batch of batches(store, group, signal)) {
      if (!(await guard())) return undefined;
      const keys = batch.map(({ key }) => key);
      await removeAll(store, keys, signal);
      erased.objects += batch.length;
      erased.bytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
    }
  }
  if (store.abortStaleUploads && (await guard())) await store.abortStaleUploads('', now, signal);
  for await (const _left of store.list('', signal)) erased.foreign += 1;
  return erased;
}

interface Group {
  readonly below: readonly string[];
  readonly has: (key: string) => boolean;
}

const manifests: Group = { below: [manifestsFolder, archiveFolder], has: isManifest };
const everything: Group = { below: [''], has: (key) => isOurs(key) && !isOwner(key) };
const owners: Group = { below: [''], has: isOwner };

function isManifest(key: string): boolean {
  const parsed = parseKey(key);
  return parsed?.kind === 'manifest' || (parsed?.kind === 'archived' && parsed.of.kind === 'manifest');
}

function isOwner(key: string): boolean {
  return parseKey(key)?.kind === 'owner';
}

/** Notes of an attempt's beginning, and logs of attempts, are told by their names alone. */
function isOurs(key: string): boolean {
  return parseKey(key) !== undefined || /^runs\/[^/]+\/(begun|attempt)-\d+-[^/]+\.(json|log)$/.test(key);
}

const batchSize = 500;

/** Listed anew until nothing more is found: a listing that goes on while its objects go may leave some out. */
async function* batches(
  store: ObjectStore,
  { below, has }: Group,
  signal: AbortSignal | undefined,
): AsyncIterable<{ key: string; bytes: number }[]> {
  for (let found = true; found;) {
    found = false;
    for (const prefix of below) {
      let batch: { key: string; bytes: number }[] = [];
      for await (const { key, bytes } of store.list(prefix, signal)) {
        if (!has(key)) continue;
        found = true;
        batch.push({ key, bytes });
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    }
  }
}
