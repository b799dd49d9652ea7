import { putSecret } from '../furnish.ts';
import type { ApiClient } from '../kubelet/api-client.ts';
import type { AzureStore } from './start-azure.ts';
import type { GcsStore } from './start-gcs.ts';
import type { S3Store } from './start-store.ts';

/** Names of the Secrets with the stores' keys. */
export const storeSecret = 'holdfast-s3';
export const azureSecret = 'holdfast-azure';
export const gcsSecret = 'holdfast-gcs';

/** A dev cluster's stores. */
export interface Stores {
  readonly s3: S3Store;
  readonly azure: AzureStore;
  readonly gcs?: GcsStore;
}

/** Puts the stores' Secrets into a namespace, where the installation's defaults look for them. */
export async function giveStoreSecrets(
  client: ApiClient,
  namespace: string,
  { s3, azure, gcs }: Stores,
): Promise<void> {
  await putSecret(client, namespace, storeSecret, {
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  await putSecret(client, namespace, azureSecret, {
    AZURE_STORAGE_ACCOUNT: azure.account,
    AZURE_STORAGE_KEY: azure.accountKey,
  });
  if (gcs) await putSecret(client, namespace, gcsSecret, { 'service-account.json': JSON.stringify(gcs.account) });
}

/** What an installation says of its stores, so that backups need not. */
export function storeDefaults({ s3, azure, gcs }: Stores): object {
  return {
    s3: { endpointUrl: s3.endpoint, forcePathStyle: true, region: s3.region, secretName: storeSecret },
    azure: { endpointUrl: azure.endpoint, account: azure.account, secretName: azureSecret },
    ...(gcs && { gcs: { secretName: gcsSecret } }), // without an endpoint, so that neo4j-admin may write directly
  };
}
