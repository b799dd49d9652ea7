import { agentEnv, type EffectiveOptions } from '@holdfast/types';
import { authorityKey } from './authorities.ts';
import { awsKeys, azureKeys, type AzureAccess, type CloudAccess, type StoreAccess } from './store-access.ts';
import { defaultScratchSize } from './scratch-size.ts';

/** Where the main container finds its folders. Scratch stands where the user said neo4j-admin should work. */
export function mountPaths({
  tempPath,
}: EffectiveOptions): Record<'scratch' | 'store' | 'work' | 'keys' | 'google' | 'authority', string> {
  return {
    scratch: tempPath ?? '/scratch',
    store: '/backups',
    work: '/holdfast/work',
    keys: '/holdfast/keys',
    google: '/holdfast/google',
    authority: '/holdfast/authority',
  };
}

/** A volume of its own where the spec asks for one, else a limited part of the node's disk. */
export function scratchVolume({ tempStorage }: EffectiveOptions): Record<string, unknown> {
  if (!tempStorage) return { name: 'scratch', emptyDir: { sizeLimit: defaultScratchSize } };
  return {
    name: 'scratch',
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: tempStorage.size } },
          ...(tempStorage.storageClass && { storageClassName: tempStorage.storageClass }),
        },
      },
    },
  };
}

export function storeVolume(access: StoreAccess): Record<string, unknown>[] {
  return access.type === 'pvc' ? [{ name: 'store', persistentVolumeClaim: { claimName: access.claim } }] : [];
}

/** Keys of a Secret by the names of their entries. */
export interface KeyMount {
  readonly secret: string;
  readonly entries: readonly string[];
}

/** The claim that keeps the chain of staged DIFFs. */
export function workVolume({ workVolume: claim }: EffectiveOptions): Record<string, unknown>[] {
  return claim === undefined ? [] : [{ name: 'work', persistentVolumeClaim: { claimName: claim } }];
}

/** Entry by entry, so that whatever else someone puts into the Secret never reaches a pod. */
export function keysVolume(keys: KeyMount | undefined): Record<string, unknown>[] {
  if (!keys) return [];
  const items = keys.entries.map((key) => ({ key, path: key }));
  return [{ name: 'keys', secret: { secretName: keys.secret, defaultMode: readableByGroup, items } }];
}

/** The key of a service account as a file, which is how Google's clients take it, and nothing else of its Secret. */
export function googleVolume(access: StoreAccess): Record<string, unknown>[] {
  if (access.type !== 'gcs' || access.secretName === undefined || access.secretEntry === undefined) return [];
  const items = [{ key: access.secretEntry, path: googleKeyFile }];
  return [{ name: 'google', secret: { secretName: access.secretName, defaultMode: readableByGroup, items } }];
}

const googleKeyFile = 'key.json';

/** The certificates of the store's own authority, and nothing else of their Secret. */
export function authorityVolume(access: StoreAccess): Record<string, unknown>[] {
  if (access.type === 'pvc' || access.caSecretName === undefined) return [];
  const items = [{ key: authorityKey, path: authorityKey }];
  return [{ name: 'authority', secret: { secretName: access.caSecretName, defaultMode: readableByGroup, items } }];
}

/** Tells the agent where they are. */
export function authorityEnvironment(access: StoreAccess, options: EffectiveOptions): Record<string, unknown>[] {
  const value = `${mountPaths(options).authority}/${authorityKey}`;
  return authorityVolume(access).map(() => ({ name: agentEnv.authorityFile, value }));
}

/** Files of a Secret belong to root; the pod's group is that of the volume. */
const readableByGroup = 0o440;

/**
 * Memory that ciphers and uploads give back is used again instead of being returned to the system and asked for anew.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export const stagedEnvironment: readonly Record<string, unknown>[] = [
  { name: 'MALLOC_MMAP_THRESHOLD_', value: '67108864' },
  { name: 'MALLOC_TRIM_THRESHOLD_', value: '268435456' },
];

/**
 * Credentials key by key, never a whole Secret, and the settings that Neo4j's S3 client reads from its environment.
 * Path style and checksums: https://github.com/aws/aws-sdk-java-v2 documents the system properties and variables.
 */
export function storeEnvironment(access: CloudAccess, options: EffectiveOptions): Record<string, unknown>[] {
  if (access.type === 'azure') return azureEnvironment(access);
  if (access.type === 'gcs')
    return googleVolume(access).map(() => ({
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      value: `${mountPaths(options).google}/${googleKeyFile}`,
    }));
  const region = { name: 'AWS_REGION', value: access.region };
  const secrets =
    access.secretName === undefined
      ? []
      : awsKeys.filter((key) => key !== 'AWS_REGION').map((key) => fromSecret(key, access.secretName ?? ''));
  const endpoint = access.endpointUrl ? [{ name: 'AWS_ENDPOINT_URL_S3', value: access.endpointUrl }] : [];
  const pathStyle = access.forcePathStyle ? [{ name: 'JAVA_OPTS', value: '-Daws.s3.forcePathStyle=true' }] : [];
  const checksums =
    access.checksumMode === 'WhenRequired'
      ? [
          { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'WHEN_REQUIRED' },
          { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'WHEN_REQUIRED' },
        ]
      : [];
  return [region, ...secrets, ...endpoint, ...pathStyle, ...checksums];
}

/** Exactly what the credential consists of: neo4j-admin takes what it finds. */
function azureEnvironment({ secretName, credential }: AzureAccess): Record<string, unknown>[] {
  if (secretName === undefined || credential === undefined) return [];
  return azureKeys[credential].map((key) => fromSecret(key, secretName));
}

function fromSecret(key: string, secret: string): Record<string, unknown> {
  const optional = key === 'AWS_SESSION_TOKEN';
  return { name: key, valueFrom: { secretKeyRef: { name: secret, key, ...(optional && { optional }) } } };
}
