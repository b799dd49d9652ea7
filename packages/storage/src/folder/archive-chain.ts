import { isDeepStrictEqual } from 'node:util';
import { archivedKey, type CatalogueEntry, isChainStep, minimumUntil, proveCopy } from '@holdfast/core';
import {
  archivedSchema,
  BackupError,
  formatVersion,
  type Archived,
  type Manifest,
  type StoredObject,
} from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readTyped, type Typed, writeDocument } from './documents.ts';

export interface ArchiveOptions {
  /** Asked before each object; false ends it there, because the folder is not ours any more. */
  readonly guard: () => Promise<boolean>;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/** `archived`: the whole chain stands in the archive, too, and may go where it was. `stopped`: the guard said so. */
export type ArchivedChain =
  | { readonly kind: 'archived' }
  | { readonly kind: 'stopped' }
  /** It stays where it is, and why. */
  | { readonly kind: 'held'; readonly reason: 'ArtifactMissing' | 'ArtifactChanged'; readonly message: string };

/**
 * Copies a chain to `archive/<chain>/`, oldest artifact first, each its objects and then the document that says where they lie; nothing is
 * removed. So at any instant what the archive knows of the chain is whole. Killed after any step it may be repeated: what a document speaks of
 * is there, and a copy that exists already is proven like a fresh one.
 *
 * @param entries oldest first, the FULL at the beginning
 * @throws BackupError `UnreadableManifest`, terminal, for a chain whose name is none that the engine gives, or whose archive holds a document
 * that cannot be read
 */
export async function archiveChain(
  store: ObjectStore,
  { chain, entries }: { readonly chain: string; readonly entries: readonly CatalogueEntry[] },
  options: ArchiveOptions,
): Promise<ArchivedChain> {
  if (!isChainStep(chain))
    throw unreadable(`${store.place}: the chain ${JSON.stringify(chain)} is not named like a chain`);
  for (const { manifest, key } of entries) {
    const place = archivedKey(chain, key);
    if (await isArchived(store, place, { manifest, signal: options.signal })) continue;
    const copies: Copy[] = [];
    for (const object of manifest.objects) {
      if (!(await options.guard())) return { kind: 'stopped' };
      const copy = await copyObject(store, chain, { object, signal: options.signal });
      if ('kind' in copy) return copy;
      copies.push(copy);
    }
    if (!(await options.guard())) return { kind: 'stopped' };
    await writeDocument(store, place, documentOf(copies, manifest, options.now), options.signal);
  }
  return { kind: 'archived' };
}

/** Reads what the archive says of one artifact. */
export function readArchived(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Typed<Archived>> {
  return readTyped(store, key, { schema: archivedSchema, formatVersion, signal });
}

async function isArchived(
  store: ObjectStore,
  key: string,
  { manifest, signal }: { manifest: Manifest; signal: AbortSignal | undefined },
): Promise<boolean> {
  const found = await readArchived(store, key, signal);
  if (found.kind === 'missing') return false;
  if (found.kind === 'read' && isDeepStrictEqual(found.value.manifest, manifest)) return true;
  const problem = found.kind === 'unreadable' ? found.problem : 'it speaks of another artifact';
  throw unreadable(`${store.place}: "${key}" stands where an archived chain should be described: ${problem}`);
}

interface Copy {
  readonly object: StoredObject;
  readonly storageClass?: string | undefined;
}

async function copyObject(
  store: ObjectStore,
  chain: string,
  { object, signal }: { object: StoredObject; signal: AbortSignal | undefined },
): Promise<Copy | Extract<ArchivedChain, { kind: 'held' }>> {
  const to = archivedKey(chain, object.key);
  const partBytes = object.digest?.partBytes;
  const copied = await store.copy(object.key, to, { archive: true, partBytes, signal });
  const held = (reason: 'ArtifactMissing' | 'ArtifactChanged', what: string) =>
    ({
      kind: 'held',
      reason,
      message: `chain ${chain} is not archived: ${what}; look at it, and remove the chain by hand if it is of no use`,
    }) as const;
  if (!copied) return held('ArtifactMissing', `"${object.key}" is not there any more`);
  const { bytes, etag, versionId, checksum, storageClass } = copied.entry;
  if (proveCopy(object, copied.entry) === 'contradicted')
    return held('ArtifactChanged', `"${copied.created ? object.key : to}" is not what its manifest says`);
  const copy: StoredObject = {
    key: to,
    bytes,
    ...(etag !== undefined && { etag }),
    ...(versionId !== undefined && { versionId }),
    ...(checksum !== undefined && { checksum }),
    ...(object.digest && { digest: object.digest }),
  };
  return { object: copy, storageClass };
}

function documentOf(copies: readonly Copy[], manifest: Manifest, now: Date): Archived {
  const storageClass = copies[0]?.storageClass;
  const until = minimumUntil(storageClass, now);
  return {
    formatVersion,
    kind: 'ArchivedArtifact',
    archivedTime: now.toISOString(),
    ...(storageClass !== undefined && { storageClass }),
    ...(until && { minimumUntil: until.toISOString() }),
    objects: copies.map(({ object }) => object),
    manifest,
  };
}

function unreadable(message: string): BackupError {
  return new BackupError(
    'UnreadableManifest',
    'terminal',
    `${message}; nothing of it is archived or removed until someone looks at it`,
  );
}
