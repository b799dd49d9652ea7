import { createHash } from 'node:crypto';
import { artifactsFolder, isEmptyRow, type InspectRow, type Placement } from '@holdfast/core';
import type { ObjectStore, StoredEntry } from '@holdfast/storage';
import { formatVersion, type AgentPlan, type Manifest, type StoredObject } from '@holdfast/types';
import type { Context } from '../context.ts';

/** The run that a manifest names: usually the present one, for adopted artifacts an earlier one. */
export interface Origin {
  readonly run: string;
  readonly attempt: number;
  readonly origin: Manifest['origin'];
  readonly startedAt: Date;
}

/** What the store holds of one artifact: itself first, then its companion parts; undefined when it is missing or empty. */
export async function measure(
  file: string,
  context: Context,
  signal: AbortSignal,
): Promise<StoredObject[] | undefined> {
  const { store, storeFolder } = context;
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
    objects.push({ ...described(entry), ...(storeFolder && { digest: await digest(store, entry, signal) }) });
  return objects;
}

/** The manifest of a fresh artifact, and its place in its chain among those that are known. */
export function manifestOf(
  row: InspectRow,
  objects: readonly StoredObject[],
  given: { plan: AgentPlan; origin: Origin; place: Placement; engineVersion: string; now: Date },
): Manifest {
  const { plan, origin, place, engineVersion, now } = given;
  const completionTime = now.toISOString();
  return {
    formatVersion,
    kind: 'ArtifactManifest',
    run: origin.run,
    attempt: origin.attempt,
    backupUid: plan.backupUid,
    database: row.database,
    databaseId: row.databaseId,
    artifact: row.file,
    objects: [...objects],
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    type: row.full ? 'FULL' : 'DIFF',
    lowestTx: row.lowestTx,
    highestTx: row.highestTx,
    empty: isEmptyRow(row),
    compressed: row.compressed,
    recovered: row.recovered ?? row.full,
    ...(place.kind === 'link' && { parent: place.parent }),
    chain: place.chain,
    artifactTime: row.time.toISOString(),
    startTime: origin.startedAt.toISOString(),
    completionTime,
    origin: origin.origin,
    verified: { level: 'objects', time: completionTime },
    engineVersion,
    toolVersion,
  };
}

/** Ours, as manifests tell it. */
const toolVersion = 'holdfast 0.1.0';

function described({ key, bytes, etag, versionId, checksum }: StoredEntry): StoredObject {
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
