import { maxBackupNameLength } from '../names.ts';

/**
 * Sentences that the API server (by CEL) and `core` (by condition) both say, so that a person reads the same words wherever the
 * mistake is caught.
 */
export const sentences = {
  nameTooLong: `metadata.name is longer than ${maxBackupNameLength} characters; choose a shorter name, because Jobs are named after it`,
  bucketMissing: 'spec.storage.bucket is missing; name the bucket or container that this storage type writes to',
  bucketWithPvc:
    'spec.storage.bucket has no meaning with storage type pvc; remove it, or name the claim in spec.storage.pvc.name',
  pvcWithoutPvc: 'spec.storage.pvc has no meaning with this storage type; remove it, or set spec.storage.type to pvc',
  cloudWithPvc: 'spec.storage.cloud has no meaning with storage type pvc; remove it',
  topCloudWithPvc: 'spec.cloud has no meaning with storage type pvc; remove it',
  regionMissing:
    'spec.storage.cloud.region is missing; name the region of the bucket, or set spec.storage.cloud.endpointURL for another S3 store',
  credentialsTwice: 'credentialsSecret and credentialsSecretRef are the same field and differ; keep one of them',
  authorityWithoutTls:
    'caSecret has no meaning with an endpointURL that starts with http://; write https://, or remove caSecret',
  identityTwice: 'spec.cloud.identity differs from spec.storage.cloud.identity; give it once',
  classTwice: 'spec.storage.pvc.storageClass and storageClassName are the same field and differ; keep one of them',
  verifyTwice: 'spec.options.verifyBackup and verify are the same field and differ; keep one of them',
  clusterRefOnCluster:
    'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
  keySecretMissing:
    'spec.options.encryption.keySecret is missing; name the Secret that holds the key, or set enabled to false',
  directEncryption:
    'spec.options.transfer is Direct, and neo4j-admin cannot encrypt what it writes into the store itself; write Auto or leave it out, or set encryption.enabled to false',
  directAuthority:
    'spec.options.transfer is Direct, and neo4j-admin does not know the authority of storage.cloud.caSecret; write Auto or leave it out',
  workVolumeUnused:
    'spec.options.workVolume has no meaning while neo4j-admin writes into the store itself; remove it, or set spec.options.transfer to Staged',
  keepWithoutLimit:
    'spec.retention.keep says what stays whatever its age or count, and nothing says what goes; add spec.retention.maxAge or maxCount (maxCount: 1 leaves what keep says and the newest)',
  zoneWithoutSchedule:
    'spec.timeZone has no meaning without spec.schedule or spec.retention.keep; remove it or add a schedule',
  startingDeadlineWithoutSchedule:
    'spec.startingDeadlineSeconds has no meaning without spec.schedule; remove it or add a schedule',
} as const;

/** Aliases that a schedule may be instead of five fields, and the fields that they stand for. */
export const scheduleAliases: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
  '@weekdays': '0 0 * * 1-5',
  '@weekends': '0 0 * * 0,6',
};

/** What to write instead of a value that cannot be read; said after the value by `core`, and beside it by the API server. */
export const corrections = {
  duration: 'write whole numbers with w, d, h, m or s, such as 30d, 720h or 1h30m',
  durationZero: 'write a duration above zero, such as 30d',
  durationLong: 'write at most 36525d, a hundred years',
  quantity: 'write a Kubernetes quantity such as 100Gi',
  sizeZero: 'write a size above zero, such as 100Gi',
  scheduleZone: 'leave out TZ= and write the zone in spec.timeZone',
  scheduleAlias: `write five fields, or one of ${Object.keys(scheduleAliases).join(', ')}`,
  scheduleSeconds: 'leave out the seconds: minute hour day month weekday',
  scheduleFields: 'write five fields (minute hour day month weekday), such as "0 2 * * *"',
  scheduleNumbers: 'write five fields such as "0 2 * * *"',
  timeZone: 'write an IANA name such as Europe/Stockholm',
  pathCharacters: 'write ASCII letters, digits, "/" and any of - _ . = + @ , ~',
  pathSteps: "write a path below the store's root",
  pathEmptyStep: 'write one slash between two folders',
  pathLongStep: 'write a shorter one',
  tempPathRelative: 'write an absolute path such as /scratch',
  tempPathNeeded: 'write a folder such as /tmp/backup',
  tempPathTaken: 'write a folder such as /scratch',
  endpoint: 'write one such as https://minio.example:9000',
  endpointCredentials: 'put them into a Secret and name it in credentialsSecret',
  endpointScheme: 'write an address that starts with https:// or http://',
  endpointQuery: 'write only scheme, host, port and path',
  argument: 'write one option that starts with "--", and its value after "="',
  abbreviation: 'write names in full',
  switchValue: 'write true or false',
  metadata: 'write all, none, users, roles, or users=<name>,…',
  tempPathValue: 'write --temp-path=/tmp/backup',
  labelKey: 'write a label name such as example.com/team',
  labelValue: 'write at most 63 letters, digits, "-", "_" and "."',
  variableName: 'write letters, digits and "_", no digit first',
  variableTaken: 'choose another name',
} as const;

/** Said when both places that may hold cloud settings give one field different values. */
export function cloudContradiction(field: string): string {
  return `spec.cloud.${field} and spec.storage.cloud.${field} differ; keep the one below storage`;
}

/** Said of a provider that stands where it is and does not fit the storage type. */
export function providerMismatch(place: string): string {
  return `${place}.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure`;
}

/** Fields that may stand both below `cloud` and below `storage.cloud`; `credentialsSecretRef` counts as `credentialsSecret`. */
export const cloudFields = [
  'provider',
  'region',
  'credentialsSecret',
  'endpointURL',
  'forcePathStyle',
  'caSecret',
  'checksumMode',
  'account',
] as const;

/** Cloud fields that say something to one type of store alone. */
export const cloudFieldOwners = { account: 'azure', forcePathStyle: 's3', checksumMode: 's3' } as const;

/** Said of such a field with another type of store. */
export function cloudFieldElsewhere(place: string, field: keyof typeof cloudFieldOwners): string {
  return `${place}.${field} belongs to storage type ${cloudFieldOwners[field]}; remove it`;
}
