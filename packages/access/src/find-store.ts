import {
  backupFolder,
  storeAccess,
  type AzureAccess,
  type BackupFacts,
  type S3Access,
  type StoreAccess,
} from '@holdfast/core';
import { resources } from '@holdfast/kube';
import { allowedEndpoint, below, lookupFor, openAzure, openS3, retrying, type ObjectStore } from '@holdfast/storage';
import { BackupError, type EffectiveSpec } from '@holdfast/types';
import type { Hands, Wait } from './hands.ts';
import { readAwsSecret, readAzureSecret, type Opened, type SecretContent } from './read-secret.ts';

/** A store that a service may open itself, scoped to the backup's folder, or that only the backup's own pods can see. */
export type FoundStore =
  | {
      readonly kind: 'direct';
      readonly access: S3Access | AzureAccess;
      readonly store: ObjectStore;
      readonly root: ObjectStore;
    }
  | { readonly kind: 'agent'; readonly access: StoreAccess };

const secretAgainMs = 30_000;
const storeAgainMs = 60_000;

/** Opens the backup's store with the static keys of its Secret. A service has no credentials of its own and takes none from anywhere else. */
export async function findStore(
  backup: BackupFacts,
  spec: EffectiveSpec,
  hands: Hands,
  signal: AbortSignal,
): Promise<FoundStore | Wait> {
  const { storage } = spec;
  const access = storeAccess(storage, hands.storeDefaults);
  if (access.type === 'pvc' || storage.type === 'pvc') return { kind: 'agent', access };
  // Whatever identity the backup's own pods have, it is not ours to use.
  if (!access.secretName) {
    if (access.type === 's3' || access.account) return { kind: 'agent', access };
    return lacking('no storage account is named; set spec.storage.cloud.account');
  }
  // The installation's own default is its administrator's word; only what a spec names is judged.
  const refused = storage.endpointUrl ? allowedEndpoint(storage.endpointUrl, hands.allowedEndpoints) : undefined;
  if (refused) return { reason: 'EndpointNotAllowed', message: refused.message, againMs: storeAgainMs };
  const secret = await readSecret(backup, access.secretName, hands, signal);
  const read = access.type === 's3' ? readAwsSecret(access, secret) : readAzureSecret(access, secret, storage);
  if (typeof read === 'string') return lacking(read);
  const lookup = storage.endpointUrl ? lookupFor(storage.endpointUrl, hands.allowedEndpoints) : undefined;
  const folder = backupFolder({ path: storage.path, namespace: backup.key.namespace, backup: backup.key.name });
  return open(read, { folder, lookup });
}

async function readSecret(
  backup: BackupFacts,
  name: string,
  hands: Hands,
  signal: AbortSignal,
): Promise<SecretContent> {
  const { namespace } = backup.key;
  const secret = await hands.kube.get(resources.secrets, { namespace, name }, signal);
  const place = `Secret "${name}" in namespace "${namespace}"`;
  return { place, exists: secret !== undefined, entry: (key) => decode(secret?.data?.[key]) };
}

/** What is wrong with credentials by their very look ends like a Secret that is not there: somebody has to correct it. */
async function open(
  read: Opened,
  { folder, lookup }: { folder: string; lookup: ReturnType<typeof lookupFor> },
): Promise<FoundStore | Wait> {
  try {
    const root = retrying(
      read.type === 's3' ? await openS3({ ...read.config, lookup }) : await openAzure({ ...read.config, lookup }),
    );
    return { kind: 'direct', access: read.access, root, store: below(root, folder) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { reason: error.reason, message: error.message, againMs: secretAgainMs };
  }
}

function lacking(message: string): Wait {
  return { reason: 'CredentialsMissing', message, againMs: secretAgainMs };
}

function decode(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
}
