import { backupFolder, effectiveSpec, type CatalogueEntry } from '@holdfast/core';
import { below, openDirectory, openS3, proveRun, type ObjectStore } from '@holdfast/storage';
import type { Neo4jBackup } from '@holdfast/types';
import { join } from 'node:path';
import type { DevCluster } from '../cluster/start-cluster.ts';

/** The folder of one backup in its store. */
export interface Place {
  readonly store: ObjectStore;
  /** Where a person finds a key: an `s3://` URI, or the path of the file in the claim's folder. */
  at(key: string): string;
  /** Key of the folder in the store's own diary; undefined for a volume, which keeps none. */
  readonly inDiary: string | undefined;
}

/** What the store held of a run, and what was found when it was held against the run's manifests. */
export interface Held {
  readonly manifests: readonly CatalogueEntry[];
  readonly findings: readonly string[];
}

/** Opens the store that a backup's spec names, as its owner would find it. */
export async function openPlace(backup: Neo4jBackup, { dir, stores, clock }: DevCluster): Promise<Place> {
  const { spec, refusals } = effectiveSpec(backup);
  if (!spec)
    throw new Error(`backup ${backup.metadata.name} was refused: ${refusals.map(({ message }) => message).join('; ')}`);
  const { namespace, name } = backup.metadata;
  const folder = backupFolder({ path: spec.storage.path, namespace, backup: name });
  if (spec.storage.type === 'pvc') {
    const claim = join(dir, 'volumes', namespace, spec.storage.claim);
    const store = below(openDirectory(claim, { now: () => clock.now() }), folder);
    return { store, at: (key) => join(claim, folder, key), inDiary: undefined };
  }
  const { bucket } = spec.storage;
  const { endpoint, accessKeyId, secretAccessKey, region } = stores.s3;
  const identity = { accessKeyId, secretAccessKey };
  const root = await openS3({
    bucket,
    region,
    endpointUrl: endpoint,
    forcePathStyle: true,
    checksumMode: 'WhenRequired',
    identity,
  });
  return { store: below(root, folder), at: (key) => `s3://${bucket}/${folder}/${key}`, inDiary: `${folder}/` };
}

/** Holds the manifests of a run against the objects in the store, as the worker does. */
export async function lookAtRun({ store }: Place, run: string): Promise<Held> {
  const { manifests, findings } = await proveRun(store, run);
  return { manifests, findings: findings.map(({ message }) => message) };
}
