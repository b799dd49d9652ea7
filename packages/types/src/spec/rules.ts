import { maxBackupNameLength } from '../names.ts';

/** One `x-kubernetes-validations` entry. `message` is our sentence; `core` says the same where no server evaluates rules. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

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
  providerMismatch:
    'spec.storage.cloud.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure',
  topProviderMismatch:
    'spec.cloud.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure',
  regionMissing:
    'spec.storage.cloud.region is missing; name the region of the bucket, or set spec.storage.cloud.endpointURL for another S3 store',
  accountElsewhere: 'spec.storage.cloud.account belongs to storage type azure; remove it',
  credentialsTwice: 'credentialsSecret and credentialsSecretRef are the same field and differ; keep one of them',
  classTwice: 'spec.storage.pvc.storageClass and storageClassName are the same field and differ; keep one of them',
  verifyTwice: 'spec.options.verifyBackup and verify are the same field and differ; keep one of them',
  clusterRefOnCluster:
    'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
  keySecretMissing:
    'spec.options.encryption.keySecret is missing; name the Secret that holds the key, or set enabled to false',
  directEncryption:
    'spec.options.transfer is Direct, and neo4j-admin cannot encrypt what it writes into the store itself; write Auto or leave it out, or set encryption.enabled to false',
  scheduleShape:
    'spec.schedule is not a cron expression; write five fields such as "0 2 * * *" (no seconds, no TZ= prefix; the zone goes to spec.timeZone), or an alias such as @daily',
  zoneWithoutSchedule: 'spec.timeZone has no meaning without spec.schedule; remove it or add a schedule',
  startingDeadlineWithoutSchedule:
    'spec.startingDeadlineSeconds has no meaning without spec.schedule; remove it or add a schedule',
  argumentShape:
    'each entry of spec.options.additionalArgs is one option that starts with "--"; write values as --name=value',
} as const;

const differ = (left: string, right: string) => `!has(${left}) || !has(${right}) || ${left} == ${right}`;

/** Root of the object: the only place that sees `metadata.name`. */
export const objectRules: readonly CelRule[] = [
  { rule: `size(self.metadata.name) <= ${maxBackupNameLength}`, message: sentences.nameTooLong },
];

export const targetRules: readonly CelRule[] = [
  {
    rule: "self.kind == 'Database' || !has(self.clusterRef)",
    message: sentences.clusterRefOnCluster,
    fieldPath: '.clusterRef',
  },
];

export const cloudRules: readonly CelRule[] = [
  { rule: differ('self.credentialsSecret', 'self.credentialsSecretRef'), message: sentences.credentialsTwice },
];

export const claimRules: readonly CelRule[] = [
  { rule: differ('self.storageClass', 'self.storageClassName'), message: sentences.classTwice },
];

const matches = (cloud: string, type: string) =>
  `!has(${cloud}) || !has(${cloud}.provider) || ${type} == 'pvc' || ` +
  `${cloud}.provider == (${type} == 's3' ? 'aws' : ${type} == 'gcs' ? 'gcp' : 'azure')`;

export const storageRules: readonly CelRule[] = [
  { rule: "self.type == 'pvc' || has(self.bucket)", message: sentences.bucketMissing, reason: 'FieldValueRequired' },
  { rule: "self.type != 'pvc' || !has(self.bucket)", message: sentences.bucketWithPvc, reason: 'FieldValueForbidden' },
  { rule: "self.type == 'pvc' || !has(self.pvc)", message: sentences.pvcWithoutPvc, reason: 'FieldValueForbidden' },
  { rule: "self.type != 'pvc' || !has(self.cloud)", message: sentences.cloudWithPvc, reason: 'FieldValueForbidden' },
  { rule: matches('self.cloud', 'self.type'), message: sentences.providerMismatch },
];

export const encryptionRules: readonly CelRule[] = [
  {
    rule: '!has(self.enabled) || !self.enabled || has(self.keySecret)',
    message: sentences.keySecretMissing,
    reason: 'FieldValueRequired',
  },
];

export const optionRules: readonly CelRule[] = [
  { rule: differ('self.verifyBackup', 'self.verify'), message: sentences.verifyTwice },
  {
    rule: "!has(self.transfer) || self.transfer != 'Direct' || !has(self.encryption) || !has(self.encryption.enabled) || !self.encryption.enabled",
    message: sentences.directEncryption,
    fieldPath: '.transfer',
  },
];

export const argumentRules: readonly CelRule[] = [{ rule: "self.startsWith('--')", message: sentences.argumentShape }];

/** Five fields or an alias; what the fields say is read by `parseSchedule` in `core`. */
export const scheduleRules: readonly CelRule[] = [
  { rule: String.raw`self.matches('^\\s*(@[a-z]+|[^\\s=]+(\\s+[^\\s=]+){4})\\s*$')`, message: sentences.scheduleShape },
];

const given = 'has(self.cloud) && has(self.storage.cloud)';
const contradiction = (field: string): CelRule => ({
  rule: `!(${given}) || ${differ(`self.cloud.${field}`, `self.storage.cloud.${field}`)}`,
  message: cloudContradiction(field),
});

/** Said when both places that may hold cloud settings give one field different values. */
export function cloudContradiction(field: string): string {
  return `spec.cloud.${field} and spec.storage.cloud.${field} differ; keep the one below storage`;
}

/** A region is needed where any cloud settings are given: without them the installation's defaults may know one. */
const regionNeeded: CelRule = {
  rule:
    "self.storage.type != 's3' || (!has(self.cloud) && !has(self.storage.cloud)) || " +
    ['region', 'endpointURL']
      .flatMap((field) =>
        ['self.cloud', 'self.storage.cloud'].map((cloud) => `(has(${cloud}) && has(${cloud}.${field}))`),
      )
      .join(' || '),
  message: sentences.regionMissing,
  reason: 'FieldValueRequired',
};

/** Fields that may stand both below `cloud` and below `storage.cloud`. */
export const cloudFields = [
  'provider',
  'region',
  'credentialsSecret',
  'credentialsSecretRef',
  'endpointURL',
  'forcePathStyle',
  'caSecret',
  'checksumMode',
  'account',
] as const;

export const specRules: readonly CelRule[] = [
  ...cloudFields.map(contradiction),
  regionNeeded,
  {
    rule: "self.storage.type != 'pvc' || !has(self.cloud)",
    message: sentences.topCloudWithPvc,
    reason: 'FieldValueForbidden',
  },
  { rule: matches('self.cloud', 'self.storage.type'), message: sentences.topProviderMismatch },
  { rule: '!has(self.timeZone) || has(self.schedule)', message: sentences.zoneWithoutSchedule },
  {
    rule: '!has(self.startingDeadlineSeconds) || has(self.schedule)',
    message: sentences.startingDeadlineWithoutSchedule,
  },
];
