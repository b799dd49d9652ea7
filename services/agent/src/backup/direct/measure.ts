import { createHash } from 'node:crypto';
import { artifactsFolder } from '@holdfast/core';
import type { ObjectStore, StoredEntry } from '@holdfast/storage';
import type { StoredObject } from '@holdfast/types';
import type { Context } from '../../context.ts';

/** What the store holds of one artifact: itself first, then its companion parts; undefined when it is missing or empty. */
export async function measure(
  file: string,
  { store, storeFolder }: Pick<Context, 'store' | 'storeFolder'>,
  signal: AbortSignal,
): Promise<StoredObject[] | undefined> {
  const found: StoredEntry[] = [];
  const first = await store.head(`${artifactsFolder}${file}`, signal);
  if (!first || first.bytes === 0) return undefined;
  found.push(first);
  for (let part = 1; ; part += 1) {
    const entry = await store.head(`${artifactsFolder}${file}.${part}`, signal);
    if (!entry) break;
    found.push(entry);
  }
  const objects: StoredObject[] = [];
  for (const entry of found)
    objects.push({ ...storedObject(entry), ...(storeFolder && { digest: await digest(store, entry, signal) }) });
  return objects;
}

/** An object as a manifest names it. */
export function storedObject({ key, bytes, etag, versionId, checksum }: StoredEntry): StoredObject {
  return { key, bytes, ...(etag && { etag }), ...(versionId && { versionId }), ...(checksum && { checksum }) };
}

/** A folder tells nothing about content, so what was written is read once while it is still in the page cache. */
async function digest(
  store: ObjectStore,
  { key }: StoredEntry,
  signal: AbortSignal,
): Promise<NonNullable<StoredObject['digest']>> {
  const hash = createHash('sha256');
  for await (const chunk of (await store.read(key, { signal })) ?? []) hash.update(chunk);
  return { algorithm: 'sha256', value: hash.digest('hex'), of: 'plain', measuredBy: 'writer' };
}
