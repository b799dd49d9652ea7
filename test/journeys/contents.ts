import { createHash } from 'node:crypto';
import { openAzure, openDirectory, openGcs, openS3, type ObjectStore } from '@holdfast/storage';
import { manifestSchema, type Manifest } from '@holdfast/types';
import type { DevCluster } from '../cluster/start-cluster.ts';

/** A bucket of the cluster's store, opened with the store's own keys. */
export function openBucket({ stores: { s3 } }: Pick<DevCluster, 'stores'>, name: string): Promise<ObjectStore> {
  return openS3({
    bucket: name,
    region: s3.region,
    endpointUrl: s3.endpoint,
    forcePathStyle: true,
    checksumMode: 'WhenSupported',
    identity: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
}

/** A container of the cluster's Azure store, opened with the account's own key. */
export function openContainer({ stores: { azure } }: Pick<DevCluster, 'stores'>, name: string): Promise<ObjectStore> {
  const { account, accountKey, endpoint: endpointUrl } = azure;
  return openAzure({ bucket: name, account, endpointUrl, identity: { kind: 'accountKey', accountKey } });
}

/** A bucket of the cluster's stand-in for Google Cloud Storage, opened with the key of its account. */
export function openGoogleBucket({ stores: { gcs } }: Pick<DevCluster, 'stores'>, name: string): ObjectStore {
  if (!gcs) throw new Error('this cluster was started without Google Cloud Storage');
  const { client_email: clientEmail, private_key: privateKey } = gcs.account;
  const identity = { kind: 'serviceAccount', clientEmail, privateKey } as const;
  return openGcs({ bucket: name, endpointUrl: gcs.endpoint, identity });
}

/** What is on the volume of a claim. */
export function openClaim({ kubelet }: DevCluster, namespace: string, claim: string): ObjectStore {
  return openDirectory(kubelet.claimDir(namespace, claim));
}

/** A backup's folder as it lies in a store, read without the product's own catalogue. */
export interface Contents {
  readonly keys: readonly string[];
  /** Newest start first. */
  readonly manifests: readonly Manifest[];
  /** Keys of the artifacts. */
  readonly artifacts: readonly string[];
}

/** Reads a folder. `folder` has no slash at its ends. */
export async function contentsOf(store: ObjectStore, folder: string): Promise<Contents> {
  const all = await Array.fromAsync(store.list(`${folder}/`));
  const keys = all.map(({ key }) => key.slice(folder.length + 1)).sort();
  const documents = keys.filter((key) => key.startsWith('manifests/'));
  const manifests = await Promise.all(
    documents.map(async (key) =>
      manifestSchema.parse(JSON.parse((await bytesOf(store, `${folder}/${key}`)).toString('utf8'))),
    ),
  );
  return {
    keys,
    manifests: manifests.toSorted((a, b) => b.startTime.localeCompare(a.startTime)),
    artifacts: keys.filter((key) => key.startsWith('artifacts/')),
  };
}

/** The bytes of one object; a missing one is an error. */
export async function bytesOf(store: ObjectStore, key: string): Promise<Buffer> {
  const body = await store.read(key);
  if (!body) throw new Error(`${store.place} has no ${key}`);
  return Buffer.concat(await Array.fromAsync(body));
}

/**
 * Where manifests and artifacts do not agree: an artifact that no manifest names, an object that is missing, of another size, or whose bytes have
 * another digest. Empty when all is well.
 */
export async function disagreements(store: ObjectStore, folder: string): Promise<string[]> {
  const { manifests, artifacts } = await contentsOf(store, folder);
  const named = manifests.flatMap(({ objects }) => objects);
  const troubles = artifacts
    .filter((key) => !named.some((object) => object.key === key))
    .map((key) => `${key}: no manifest`);
  for (const { key, bytes, digest } of named) {
    if (!artifacts.includes(key)) troubles.push(`${key}: missing`);
    else {
      const stored = await bytesOf(store, `${folder}/${key}`);
      if (stored.length !== bytes) troubles.push(`${key}: ${stored.length} bytes, not ${bytes}`);
      if (digest?.algorithm === 'sha256' && digest.value !== createHash('sha256').update(stored).digest('hex'))
        troubles.push(`${key}: another digest`);
    }
  }
  return troubles;
}
