import {
  BackupError,
  type AgentPlan,
  type EffectiveAzure,
  type EffectiveGcs,
  type EffectiveStorage,
} from '@holdfast/types';

/** What an installation says about stores for specs that do not say it themselves: the only ambient source of such facts. */
export interface StoreDefaults {
  readonly s3?: {
    readonly endpointUrl?: string;
    readonly forcePathStyle?: boolean;
    readonly region?: string;
    /** Looked up in the backup's own namespace; never copied. */
    readonly secretName?: string;
    /** With the store's own authority; looked up there, too. */
    readonly caSecretName?: string;
  };
  readonly gcs?: {
    readonly endpointUrl?: string;
    /** Looked up in the backup's own namespace; never copied. */
    readonly secretName?: string;
    readonly caSecretName?: string;
  };
  readonly azure?: {
    readonly account?: string;
    readonly endpointUrl?: string;
    /** Looked up in the backup's own namespace; never copied. */
    readonly secretName?: string;
    readonly caSecretName?: string;
  };
}

/** Whose certificates are believed besides those of the public authorities. */
interface Trusting {
  /** Secret whose `ca.crt` signs the certificate of the store, in the backup's namespace. */
  readonly caSecretName?: string;
}

export interface S3Access extends Trusting {
  readonly type: 's3';
  readonly bucket: string;
  readonly region: string;
  readonly endpointUrl?: string;
  readonly forcePathStyle: boolean;
  readonly checksumMode: 'WhenSupported' | 'WhenRequired';
  /** Secret with static keys, in the backup's namespace. Absent: nobody told us of any. */
  readonly secretName?: string;
}

export interface GcsAccess extends Trusting {
  readonly type: 'gcs';
  readonly bucket: string;
  readonly endpointUrl?: string;
  /** Secret with the key of a service account, in the backup's namespace. Absent: the pod's own identity. */
  readonly secretName?: string;
  /** Which of its entries holds the key, once it was looked at. */
  readonly secretEntry?: string;
}

export interface AzureAccess extends Trusting {
  readonly type: 'azure';
  /** Blob container. */
  readonly bucket: string;
  /** Storage account; absent: the Secret names it. */
  readonly account?: string;
  readonly endpointUrl?: string;
  /** Secret with an account key or a client secret, in the backup's namespace. Absent: nobody told us of any. */
  readonly secretName?: string;
  /** Which kind of credentials the Secret holds, once it was looked at; without a Secret the pod's own identity. */
  readonly credential?: AzureCredential;
}

/** Who the store is asked as: the account itself, a client with a secret, or the backup's pod by its federated account. */
export type AzureCredential = 'accountKey' | 'clientSecret' | 'pod';

export interface PvcAccess {
  readonly type: 'pvc';
  readonly claim: string;
}

/** Everything needed to reach a store, except the credentials themselves. */
export type StoreAccess = CloudAccess | PvcAccess;

/** Of stores that are asked over a network. */
export type CloudAccess = S3Access | GcsAccess | AzureAccess;

/** Secret keys of AWS-like credentials; the last two may be absent. */
export const awsKeys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'] as const;

/** Secret keys that may hold the JSON of a service account's key; the first that is there counts. */
export const googleKeys = ['GOOGLE_APPLICATION_CREDENTIALS_JSON', 'service-account.json'] as const;

/** Secret keys of each kind of Azure credentials; `AZURE_STORAGE_ACCOUNT` may stand beside each and is no secret. */
export const azureKeys: Readonly<Record<AzureCredential, readonly string[]>> = {
  accountKey: ['AZURE_STORAGE_KEY'],
  clientSecret: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
  pod: [],
};

const fallbackRegion = 'us-east-1';

/**
 * Spec first, installation second. A spec that names its own endpoint gets none of the installation's defaults: they speak of another store.
 * One that asks for an identity gets no Secret.
 */
export function storeAccess(storage: EffectiveStorage, defaults: StoreDefaults): StoreAccess {
  if (storage.type === 'pvc') return { type: 'pvc', claim: storage.claim };
  if (storage.type === 'azure') return azureAccess(storage, defaults);
  if (storage.type === 'gcs') return gcsAccess(storage, defaults);
  const usual = storage.endpointUrl ? {} : (defaults.s3 ?? {});
  const endpointUrl = storage.endpointUrl ?? usual.endpointUrl;
  const secretName = storage.credentialsSecret ?? (storage.identity ? undefined : usual.secretName);
  return {
    type: 's3',
    bucket: storage.bucket,
    region: storage.region ?? usual.region ?? fallbackRegion,
    forcePathStyle: storage.forcePathStyle ?? usual.forcePathStyle ?? false,
    checksumMode: storage.checksumMode ?? (endpointUrl ? 'WhenRequired' : 'WhenSupported'),
    ...(endpointUrl && { endpointUrl }),
    ...(secretName && { secretName }),
    ...trusting(storage, usual),
  };
}

function gcsAccess(storage: EffectiveGcs, defaults: StoreDefaults): GcsAccess {
  const usual = storage.endpointUrl ? {} : (defaults.gcs ?? {});
  const endpointUrl = storage.endpointUrl ?? usual.endpointUrl;
  const secretName = storage.credentialsSecret ?? (storage.identity ? undefined : usual.secretName);
  return {
    type: 'gcs',
    bucket: storage.bucket,
    ...(endpointUrl && { endpointUrl }),
    ...(secretName && { secretName }),
    ...trusting(storage, usual),
  };
}

function azureAccess(storage: EffectiveAzure, defaults: StoreDefaults): AzureAccess {
  const usual = storage.endpointUrl ? {} : (defaults.azure ?? {});
  const account = storage.account ?? usual.account;
  const endpointUrl = storage.endpointUrl ?? usual.endpointUrl;
  const secretName = storage.credentialsSecret ?? (storage.identity ? undefined : usual.secretName);
  return {
    type: 'azure',
    bucket: storage.bucket,
    ...(account && { account }),
    ...(endpointUrl && { endpointUrl }),
    ...(secretName ? { secretName } : { credential: 'pod' }),
    ...trusting(storage, usual),
  };
}

function trusting({ caSecret }: { readonly caSecret?: string }, usual: Trusting): Trusting {
  const caSecretName = caSecret ?? usual.caSecretName;
  return caSecretName === undefined ? {} : { caSecretName };
}

/**
 * The part of a store's access that an agent reads from its plan.
 * @throws BackupError `CredentialsMissing`, terminal, for an Azure container of which nobody said the account
 */
export function plannedStore(access: StoreAccess): AgentPlan['store'] {
  if (access.type === 'pvc') return { type: 'pvc' };
  if (access.type === 'gcs') {
    const { secretName, secretEntry: _inVolume, caSecretName: _inVolumeToo, ...planned } = access;
    return { ...planned, credential: secretName === undefined ? 'pod' : 'key' };
  }
  const { secretName: _inEnvironment, caSecretName: _inVolume, ...planned } = access;
  if (planned.type === 's3') return planned;
  const { account, credential } = planned;
  if (account === undefined || credential === undefined)
    throw new BackupError(
      'CredentialsMissing',
      'terminal',
      `nobody says in which storage account container "${planned.bucket}" is; set spec.storage.cloud.account`,
    );
  return { ...planned, account, credential };
}
