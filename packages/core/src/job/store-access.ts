import type { AgentPlan, EffectiveAzure, EffectiveStorage } from '@holdfast/types';

/** What an installation says about stores for specs that do not say it themselves: the only ambient source of such facts. */
export interface StoreDefaults {
  readonly s3?: {
    readonly endpointUrl?: string;
    readonly forcePathStyle?: boolean;
    readonly region?: string;
    /** Looked up in the backup's own namespace; never copied. */
    readonly secretName?: string;
  };
  readonly azure?: {
    readonly account?: string;
    readonly endpointUrl?: string;
    /** Looked up in the backup's own namespace; never copied. */
    readonly secretName?: string;
  };
}

export interface S3Access {
  readonly type: 's3';
  readonly bucket: string;
  readonly region: string;
  readonly endpointUrl?: string;
  readonly forcePathStyle: boolean;
  readonly checksumMode: 'WhenSupported' | 'WhenRequired';
  /** Secret with static keys, in the backup's namespace. Absent: nobody told us of any. */
  readonly secretName?: string;
}

export interface AzureAccess {
  readonly type: 'azure';
  /** Blob container. */
  readonly bucket: string;
  /** Storage account; absent: the Secret names it. */
  readonly account?: string;
  readonly endpointUrl?: string;
  /** Secret with an account key or a client secret, in the backup's namespace. Absent: nobody told us of any. */
  readonly secretName?: string;
}

export interface PvcAccess {
  readonly type: 'pvc';
  readonly claim: string;
}

/** Everything needed to reach a store, except the credentials themselves. */
export type StoreAccess = S3Access | AzureAccess | PvcAccess;

/** Secret keys of AWS-like credentials; the last two may be absent. */
export const awsKeys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'] as const;

/** Secret keys of Azure credentials: an account with its key, or a client with its secret. */
export const azureKeys = [
  'AZURE_STORAGE_ACCOUNT',
  'AZURE_STORAGE_KEY',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
] as const;

const fallbackRegion = 'us-east-1';

/** Spec first, installation second. A spec that names its own endpoint gets none of the installation's defaults: they speak of another store. */
export function storeAccess(storage: EffectiveStorage, defaults: StoreDefaults): StoreAccess {
  if (storage.type === 'pvc') return { type: 'pvc', claim: storage.claim };
  if (storage.type === 'azure') return azureAccess(storage, defaults);
  const usual = storage.endpointUrl ? {} : (defaults.s3 ?? {});
  const endpointUrl = storage.endpointUrl ?? usual.endpointUrl;
  const secretName = storage.credentialsSecret ?? usual.secretName;
  return {
    type: 's3',
    bucket: storage.bucket,
    region: storage.region ?? usual.region ?? fallbackRegion,
    forcePathStyle: storage.forcePathStyle ?? usual.forcePathStyle ?? false,
    checksumMode: storage.checksumMode ?? (endpointUrl ? 'WhenRequired' : 'WhenSupported'),
    ...(endpointUrl && { endpointUrl }),
    ...(secretName && { secretName }),
  };
}

function azureAccess(storage: EffectiveAzure, defaults: StoreDefaults): AzureAccess {
  const usual = storage.endpointUrl ? {} : (defaults.azure ?? {});
  const account = storage.account ?? usual.account;
  const endpointUrl = storage.endpointUrl ?? usual.endpointUrl;
  const secretName = storage.credentialsSecret ?? usual.secretName;
  return {
    type: 'azure',
    bucket: storage.bucket,
    ...(account && { account }),
    ...(endpointUrl && { endpointUrl }),
    ...(secretName && { secretName }),
  };
}

/** The part of a store's access that an agent reads from its plan. */
export function plannedStore(access: StoreAccess): AgentPlan['store'] {
  if (access.type === 'pvc') return { type: 'pvc' };
  const { secretName: _inEnvironment, ...planned } = access;
  return planned;
}
