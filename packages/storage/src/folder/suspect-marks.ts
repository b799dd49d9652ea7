import { type CatalogueEntry, type FoundMark, parseKey, suspectFolder, suspectKey } from '@holdfast/core';
import { type Manifest, type SuspectMark, suspectMarkSchema } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import type { ObjectStore, StoredEntry } from '../object-store.ts';
import { readTyped } from './documents.ts';

/**
 * Marks an artifact. Whoever marks it first is believed: the same run finding it again, with another time, changes nothing.
 * @returns whether the mark is new
 */
export async function writeMark(store: ObjectStore, mark: SuspectMark, signal?: AbortSignal): Promise<boolean> {
  const { run, artifactRun, artifact } = suspectMarkSchema.parse(mark);
  const body = Buffer.from(`${JSON.stringify(mark, null, 2)}\n`, 'utf8');
  const { created } = await store.create(suspectKey(run, { run: artifactRun, artifact }), body, { signal });
  return created;
}

/** Every mark of a folder. One that cannot be read still marks what its key names. */
export async function readMarks(store: ObjectStore, signal?: AbortSignal): Promise<FoundMark[]> {
  const found: FoundMark[] = [];
  const listed = await Array.fromAsync(store.list(suspectFolder, signal));
  await eachOf(listed, { limit: readsAtOnce, signal }, async (entry) => {
    const mark = await readMark(store, entry, signal);
    if (mark) found.push(mark);
  });
  return found;
}

/** Keys of the marks of some artifacts, found by their names alone. */
export async function markKeys(store: ObjectStore, signal?: AbortSignal): Promise<(manifest: Manifest) => string[]> {
  const keys = new Map<string, string[]>();
  for await (const { key } of store.list(suspectFolder, signal)) {
    const place = parseKey(key);
    if (place?.kind !== 'suspect') continue;
    const name = `${place.artifactRun}~${place.artifact}`;
    keys.set(name, [...(keys.get(name) ?? []), key]);
  }
  return ({ run, artifact }) => keys.get(`${run}~${artifact}`) ?? [];
}

/** The mark for an artifact that counts, in the words of what was found. */
export function markOf(
  { manifest }: Pick<CatalogueEntry, 'manifest'>,
  found: { readonly run: string; readonly reason: string; readonly message: string; readonly at: Date },
): SuspectMark {
  const { run: artifactRun, artifact, artifactTime, chain, database, databaseId, objects } = manifest;
  const keys = objects.map(({ key }) => key);
  const { run, reason, message, at } = found;
  const named = { run, artifactRun, artifact, artifactTime, keys, chain, database, databaseId };
  return { v: 1, ...named, reason, message, time: at.toISOString() };
}

const readsAtOnce = 16;

async function readMark(
  store: ObjectStore,
  { key, modifiedAt }: StoredEntry,
  signal: AbortSignal | undefined,
): Promise<FoundMark | undefined> {
  const place = parseKey(key);
  if (place?.kind !== 'suspect') return undefined;
  const { run: foundBy, artifactRun, artifact } = place;
  const read = await readTyped(store, key, { schema: suspectMarkSchema, signal });
  if (read.kind === 'missing') return undefined;
  if (read.kind === 'unreadable') {
    const message = `${artifact} was marked as spoiled, and the mark "${key}" cannot be read: ${read.problem}`;
    return {
      key,
      foundBy,
      artifactRun,
      artifact,
      keys: [],
      artifactAt: modifiedAt,
      reason: 'VerificationFailed',
      message,
      foundAt: modifiedAt,
    };
  }
  const { keys, database, reason, message, artifactTime, time } = read.value;
  const [artifactAt, foundAt] = [new Date(artifactTime), new Date(time)];
  return { key, foundBy, artifactRun, artifact, keys, database, artifactAt, reason, message, foundAt };
}
