import type { AgentPlan, EffectiveStorage } from '@holdfast/types';

/** What an installation says about stores for specs that do not say it themselves: the only ambient source of such facts. */
export interface StoreDefaults {
  readonly s3?: {
    readonly endpointUrl?: string;
    readonly forcePathStyle?: boolean;
    readonly region?: string;
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

export interface PvcAccess {
  readonly type: 'pvc';
  readonly claim: string;
}

/** Everything needed to reach a store, except the credentials themselves. */
export type StoreAccess = S3Access | PvcAccess;

/** Secret keys of AWS-like credentials; the last two may be absent. */
export const awsKeys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'] as const;

const fallbackRegion = 'us-east-1';

/** Spec first, installation second. A spec that names its own endpoint gets none of the installation's defaults: they speak of another store. */
export function storeAccess(storage: EffectiveStorage, defaults: StoreDefaults): StoreAccess {
  if (storage.type === 'pvc') return { type: 'pvc', claim: storage.claim };
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

/** The part of a store's access that an agent reads from its plan. */
export function plannedStore(access: StoreAccess): AgentPlan['store'] {
  if (access.type === 'pvc') return { type: 'pvc' };
  const { secretName: _inEnvironment, ...planned } = access;
  return planned;
}
