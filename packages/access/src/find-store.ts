import { backupFolder, storeAccess, type BackupFacts, type CloudAccess, type StoreAccess } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import {
  allowedEndpoint,
  below,
  limited,
  lookupFor,
  openAzure,
  openGcs,
  openS3,
  retrying,
  type ObjectStore,
  type S3Config,
} from '@holdfast/storage';
import { BackupError, type EffectiveSpec } from '@holdfast/types';
import { findAuthorities } from './find-authorities.ts';
import { isWait, type Hands, type Wait } from './hands.ts';
import { readStoreSecret, type Opened, type SecretContent } from './read-secret.ts';

/** A store that a service may open itself, scoped to the backup's folder, or that only the backup's own pods can see. */
export type FoundStore =
  | {
      readonly kind: 'direct';
      readonly access: CloudAccess;
      readonly store: ObjectStore;
      readonly root: ObjectStore;
    }
  | { readonly kind: 'agent'; readonly access: StoreAccess };

/** Of one run; halved while the store asks to slow down. */
const requestsAtOnce = 16;
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
  const authorities = await findAuthorities(backup, access, hands, signal);
  if (authorities && isWait(authorities)) return authorities;
  // Whatever identity the backup's own pods have, it is not ours to use.
  if (!access.secretName) {
    if (access.type !== 'azure' || access.account) return { kind: 'agent', access };
    return lacking('no storage account is named; set spec.storage.cloud.account');
  }
  // The installation's own default is its administrator's word; only what a spec names is judged.
  const refused = storage.endpointUrl ? allowedEndpoint(storage.endpointUrl, hands.allowedEndpoints) : undefined;
  if (refused) return { reason: 'EndpointNotAllowed', message: refused.message, againMs: storeAgainMs };
  const secret = await readSecret(backup, access.secretName, hands, signal);
  const read = readStoreSecret(access, secret, storage);
  if (typeof read === 'string') return lacking(read);
  const lookup = storage.endpointUrl ? lookupFor(storage.endpointUrl, hands.allowedEndpoints) : undefined;
  const folder = backupFolder({ path: storage.path, namespace: backup.key.namespace, backup: backup.key.name });
  // A store that is known to be away is asked once; whoever asks next is a minute away.
  const attempts = backup.status.activeRun?.waitingFor?.tryingSince === undefined ? undefined : 1;
  return open(read, { folder, lookup, authorities, googleEmulator: hands.googleEmulator, attempts });
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

/** What a store is opened with besides its place and its credentials. */
interface Around extends Pick<S3Config, 'lookup' | 'authorities'> {
  readonly googleEmulator: string | undefined;
}

/** What is wrong with credentials by their very look ends like a Secret that is not there: somebody has to correct it. */
async function open(
  read: Opened,
  given: Around & { readonly folder: string; readonly attempts: number | undefined },
): Promise<FoundStore | Wait> {
  const { folder, attempts, ...around } = given;
  try {
    const root = retrying(
      limited(await openCloud(read, around), requestsAtOnce),
      attempts === undefined ? {} : { attempts },
    );
    return { kind: 'direct', access: read.access, root, store: below(root, folder) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { reason: error.reason, message: error.message, againMs: secretAgainMs };
  }
}

async function openCloud({ type, config }: Opened, around: Around): Promise<ObjectStore> {
  const { googleEmulator, ...connecting } = around;
  switch (type) {
    case 's3':
      return openS3({ ...config, ...connecting });
    case 'gcs':
      return openGcs({ endpointUrl: googleEmulator, ...config, ...connecting });
    case 'azure':
      return openAzure({ ...config, ...connecting });
  }
}

function lacking(message: string): Wait {
  return { reason: 'CredentialsMissing', message, againMs: secretAgainMs };
}

function decode(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
}
