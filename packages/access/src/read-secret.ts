import {
  awsKeys,
  azureKeys,
  googleKeys,
  parseServiceAccount,
  type AzureAccess,
  type CloudAccess,
  type GcsAccess,
  type S3Access,
} from '@holdfast/core';
import type { AzureConfig, GcsConfig, S3Config } from '@holdfast/storage';
import type { EffectiveStorage } from '@holdfast/types';

/** What stands in a Secret with store credentials. */
export interface SecretContent {
  /** For messages. */
  readonly place: string;
  readonly exists: boolean;
  entry(key: string): string | undefined;
}

/** How to open a store with static keys, and what is known of it now. */
export type Opened =
  | { readonly type: 's3'; readonly access: S3Access; readonly config: S3Config }
  | { readonly type: 'gcs'; readonly access: GcsAccess; readonly config: GcsConfig }
  | { readonly type: 'azure'; readonly access: AzureAccess; readonly config: AzureConfig };

/** Answers a sentence when something is missing. */
export function readStoreSecret(
  access: CloudAccess,
  secret: SecretContent,
  storage: EffectiveStorage,
): Opened | string {
  switch (access.type) {
    case 's3':
      return readAwsSecret(access, secret);
    case 'gcs':
      return readGoogleSecret(access, secret);
    case 'azure':
      return readAzureSecret(access, secret, storage);
  }
}

function readAwsSecret(access: S3Access, secret: SecretContent): Opened | string {
  const accessKeyId = secret.entry('AWS_ACCESS_KEY_ID');
  const secretAccessKey = secret.entry('AWS_SECRET_ACCESS_KEY');
  if (!accessKeyId || !secretAccessKey) return missing(secret, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
  const sessionToken = secret.entry('AWS_SESSION_TOKEN');
  for (const key of awsKeys) {
    // Keys become part of request headers, where a line break in one could write another.
    if (!/^[\x20-\x7e]*$/.test(secret.entry(key) ?? ''))
      return `${key} in ${secret.place} holds a line break or another character that no key has; write it again`;
  }
  const identity = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return { type: 's3', access, config: { ...access, identity } };
}

/** Nothing but the key of a service account is interpreted: other files name whom to ask, and we would be the one who asks. */
function readGoogleSecret(access: GcsAccess, secret: SecretContent): Opened | string {
  const secretEntry = googleKeys.find((key) => secret.entry(key));
  if (!secretEntry) return missing(secret, ...googleKeys.map((key) => [key]));
  const account = parseServiceAccount(secret.entry(secretEntry) ?? '');
  if (typeof account === 'string') return `${secretEntry} in ${secret.place} ${account}`;
  const { bucket, endpointUrl } = access;
  const config = {
    bucket,
    ...(endpointUrl && { endpointUrl }),
    identity: { kind: 'serviceAccount', ...account },
  } as const;
  return { type: 'gcs', access: { ...access, secretEntry }, config };
}

/** The spec's account goes before the Secret's, and the installation's comes last. */
function readAzureSecret(access: AzureAccess, secret: SecretContent, storage: EffectiveStorage): Opened | string {
  const identity = azureIdentity(secret);
  if (!identity) return missing(secret, azureKeys.accountKey, azureKeys.clientSecret);
  const named = storage.type === 'azure' ? storage.account : undefined;
  const account = named ?? secret.entry('AZURE_STORAGE_ACCOUNT') ?? access.account;
  if (!account)
    return `no storage account is named; set spec.storage.cloud.account, or AZURE_STORAGE_ACCOUNT in ${secret.place}`;
  // It becomes part of a host name, so nothing else may come in with it.
  if (!/^[a-z0-9]{3,24}$/.test(account))
    return `AZURE_STORAGE_ACCOUNT in ${secret.place} is no name of a storage account; write 3 to 24 lower-case letters and digits`;
  const found = { ...access, account, credential: identity.kind };
  return { type: 'azure', access: found, config: { ...access, account, identity } };
}

function azureIdentity(secret: SecretContent): AzureConfig['identity'] | undefined {
  const accountKey = secret.entry('AZURE_STORAGE_KEY');
  if (accountKey) return { kind: 'accountKey', accountKey };
  const [tenantId, clientId, clientSecret] = azureKeys.clientSecret.map((key) => secret.entry(key));
  return tenantId && clientId && clientSecret ? { kind: 'clientSecret', tenantId, clientId, clientSecret } : undefined;
}

function missing(secret: SecretContent, ...choices: readonly (readonly string[])[]): string {
  const { place, exists } = secret;
  const needed = choices.map((keys) => keys.join(' and ')).join(', or ');
  if (!exists) return `${place} does not exist; create it with ${needed}`;
  const lacking = choices.map((keys) => keys.filter((key) => !secret.entry(key)).join(' and ')).join(', or ');
  return `${place} lacks ${lacking}; add the missing key`;
}
