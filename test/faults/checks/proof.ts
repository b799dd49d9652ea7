import { manifestKey } from '@holdfast/core';
import type { HistoryEntry, Manifest, Neo4jBackup } from '@holdfast/types';
import type { Allowances, Breach, Evidence, SeenFolder } from '../evidence.ts';

/** I3: a run that is called a success has a manifest for each of its databases, and every object is there and is what it should be. */
export function successIsProven({ versions, folders }: Evidence, { spoiled = [] }: Allowances): Breach[] {
  const breaches = new Set<Breach>();
  for (const backup of versions) {
    const folder = folders.find(({ backupUid }) => backupUid === backup.metadata.uid);
    if (!folder || spoiled.includes(backup.metadata.name)) continue;
    for (const entry of backup.status?.history ?? []) {
      if (entry.status !== 'Succeeded' && entry.status !== 'PartiallySucceeded') continue;
      for (const breach of unproven(entry, backup, folder)) breaches.add(breach);
    }
  }
  return [...breaches];
}

function unproven(entry: HistoryEntry, { metadata }: Neo4jBackup, folder: SeenFolder): Breach[] {
  const run = `run ${entry.runId} of ${metadata.name}`;
  const brought = (entry.databases ?? []).filter(({ error }) => error === undefined);
  if (brought.length === 0) return [`I3: ${run} is ${entry.status} and names no database`];
  if (entry.verification === undefined) return [`I3: ${run} is ${entry.status} and was not verified`];
  return brought.flatMap(({ name, artifact }) => {
    const key = manifestKey(entry.runId, name);
    const manifest = folder.manifests.get(key);
    if (!manifest) return [`I3: ${run} is ${entry.status}, and ${key} was never in the store`];
    if (manifest.artifact !== artifact) return [`I3: ${run} names ${artifact}, and ${key} names ${manifest.artifact}`];
    return wasRemoved(folder, key)
      ? []
      : [...missingManifest(folder, key, run), ...changedObjects(folder, manifest, run)];
  });
}

function wasRemoved({ diary, objects }: SeenFolder, key: string): boolean {
  return diary ? diary.some((event) => event.operation === 'remove' && event.key === key) : !objects.has(key);
}

function missingManifest({ objects }: SeenFolder, key: string, run: string): Breach[] {
  return objects.has(key) ? [] : [`I3: ${key} of ${run} has gone and nobody removed it`];
}

function changedObjects({ objects }: SeenFolder, manifest: Manifest, run: string): Breach[] {
  return manifest.objects.flatMap(({ key, bytes, etag }) => {
    const stored = objects.get(key);
    if (!stored) return [`I3: ${key} of ${run} is not in the store`];
    if (stored.bytes !== bytes) return [`I3: ${key} of ${run} has ${stored.bytes} bytes instead of ${bytes}`];
    return etag !== undefined && stored.etag !== undefined && stored.etag !== etag
      ? [`I3: ${key} of ${run} was changed after its manifest was written`]
      : [];
  });
}
