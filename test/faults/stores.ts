import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { manifestSchema, type Manifest, type Neo4jBackup } from '@holdfast/types';
import { backupFacts, backupFolder } from '@holdfast/core';
import { openDirectory, openS3, readDocument, type ObjectStore, type StoredEntry } from '@holdfast/storage';
import type { StoreEvent } from '../cluster/store/store-events.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';
import type { SeenFolder } from './evidence.ts';

/** The bucket and the claims of a cluster as a bystander sees them. */
export interface Stores {
  /** For tests that spoil something on purpose. */
  readonly bucket: ObjectStore;
  diary(): Promise<StoreEvent[]>;
  /** A manifest of the bucket; undefined when it is gone or none. */
  read(key: string): Promise<Manifest | undefined>;
  /** The folder of a backup; undefined for one whose spec was refused. */
  folderOf(backup: Neo4jBackup, manifests: ReadonlyMap<string, Manifest>): Promise<SeenFolder | undefined>;
}

/**
 * Opens the bucket of this name, which is made if it does not exist.
 * @param locks objects of it can be locked, which takes MinIO
 */
export async function openStores(
  { stores, kubelet }: DevCluster,
  bucketName: string,
  { locks = false }: { locks?: boolean } = {},
): Promise<Stores> {
  const { s3, minio } = stores;
  if (locks && !minio) throw new Error("only a cluster with `s3: 'minio'` has buckets that lock");
  await (locks ? minio?.makeBucket(bucketName, { locks }) : s3.makeBucket(bucketName));
  const bucket = await openS3({
    bucket: bucketName,
    region: s3.region,
    endpointUrl: s3.endpoint,
    forcePathStyle: true,
    identity: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  const diary = async () => (await s3.eventLog()).filter((event) => event.bucket === bucketName);
  return {
    bucket,
    diary,
    read: (key) => readManifest(bucket, key),
    async folderOf(backup, manifests) {
      if (!backupFacts(backup).spec) return undefined;
      const { storage } = backup.spec;
      const folder = folderName(backup);
      const backupUid = backup.metadata.uid;
      if (storage?.type === 'pvc') {
        const claim = storage.pvc?.name ?? `${backup.metadata.name}-backups`;
        return lookAtClaim(join(kubelet.claimDir(backup.metadata.namespace, claim), folder), backupUid);
      }
      if (storage?.type !== 's3' || storage.bucket !== bucketName) return undefined;
      const prefix = `${folder}/`;
      const inside = (key: string) => key.slice(prefix.length);
      const objects = new Map<string, StoredEntry>();
      for await (const entry of bucket.list(prefix)) objects.set(inside(entry.key), entry);
      const events = (await diary()).filter(({ key }) => key.startsWith(prefix));
      return {
        backupUid,
        objects,
        manifests: new Map(
          [...manifests].filter(([key]) => key.startsWith(prefix)).map(([key, manifest]) => [inside(key), manifest]),
        ),
        diary: events.map((event) => ({ ...event, key: inside(event.key) })),
      };
    },
  };
}

/** Where a backup's folder is in its store. */
export function folderName({ metadata, spec }: Neo4jBackup): string {
  return backupFolder({ path: spec.storage?.path ?? '', namespace: metadata.namespace, backup: metadata.name });
}

async function lookAtClaim(folder: string, backupUid: string): Promise<SeenFolder> {
  const store = openDirectory(folder);
  const objects = new Map(filesBelow(folder).map((key) => [key, { bytes: statSync(join(folder, key)).size }]));
  const manifests = new Map<string, Manifest>();
  for (const key of objects.keys()) {
    const manifest = key.startsWith('manifests/') ? await readManifest(store, key) : undefined;
    if (manifest) manifests.set(key, manifest);
  }
  return { backupUid, objects, manifests };
}

function filesBelow(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function readManifest(store: ObjectStore, key: string): Promise<Manifest | undefined> {
  return manifestSchema.safeParse(await readDocument(store, key)).data;
}
