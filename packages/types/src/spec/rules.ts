import { maxBackupNameLength } from '../names.ts';
import { argumentFieldRules } from './argument-rules.ts';
import { authorityRules, privateAuthority } from './authority-rules.ts';
import { agree, type CelRule } from './cel.ts';
import { bothCloudsRules, cloudOfTypeRules, regionRule } from './cloud-rules.ts';
import { sentences } from './sentences.ts';

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

export const claimRules: readonly CelRule[] = [
  { rule: agree('self.storageClass', 'self.storageClassName'), message: sentences.classTwice },
];

export const storageRules: readonly CelRule[] = [
  { rule: "self.type == 'pvc' || has(self.bucket)", message: sentences.bucketMissing, reason: 'FieldValueRequired' },
  { rule: "self.type != 'pvc' || !has(self.bucket)", message: sentences.bucketWithPvc, reason: 'FieldValueForbidden' },
  { rule: "self.type == 'pvc' || !has(self.pvc)", message: sentences.pvcWithoutPvc, reason: 'FieldValueForbidden' },
  { rule: "self.type != 'pvc' || !has(self.cloud)", message: sentences.cloudWithPvc, reason: 'FieldValueForbidden' },
  ...cloudOfTypeRules('self.cloud', 'self.type', 'spec.storage.cloud'),
];

/** What is kept whatever its age or count says nothing as long as nothing says what goes. */
export const retentionRules: readonly CelRule[] = [
  {
    rule: `has(self.maxAge) || has(self.maxCount) || !has(self.keep) || !(${['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((each) => `(has(self.keep.${each}) && self.keep.${each} > 0)`).join(' || ')})`,
    message: sentences.keepWithoutLimit,
    fieldPath: '.keep',
  },
];

const encrypts = (options: string) =>
  `(has(${options}.encryption) && has(${options}.encryption.enabled) && ${options}.encryption.enabled)`;

export const encryptionRules: readonly CelRule[] = [
  {
    rule: '!has(self.enabled) || !self.enabled || has(self.keySecret)',
    message: sentences.keySecretMissing,
    reason: 'FieldValueRequired',
  },
];

export const optionRules: readonly CelRule[] = [
  { rule: agree('self.verifyBackup', 'self.verify'), message: sentences.verifyTwice },
  {
    rule: `!has(self.transfer) || self.transfer != 'Direct' || !${encrypts('self')}`,
    message: sentences.directEncryption,
    fieldPath: '.transfer',
  },
  ...argumentFieldRules,
];

/** Whether a run of such a spec may ever stage its artifacts: only then a work volume keeps anything. */
const maybeStaged =
  `${encrypts('self.options')} || (has(self.options.transfer) && self.options.transfer == 'Staged') || ` +
  `((self.storage.type in ['azure', 'gcs'] || ${privateAuthority}) && (!has(self.options.transfer) || self.options.transfer != 'Direct'))`;

export const specRules: readonly CelRule[] = [
  ...bothCloudsRules,
  regionRule,
  {
    rule: "self.storage.type != 'pvc' || !has(self.cloud)",
    message: sentences.topCloudWithPvc,
    reason: 'FieldValueForbidden',
  },
  ...cloudOfTypeRules('self.cloud', 'self.storage.type', 'spec.cloud'),
  {
    rule: `!has(self.options) || !has(self.options.workVolume) || ${maybeStaged}`,
    message: sentences.workVolumeUnused,
  },
  ...authorityRules,
  {
    rule: '!has(self.timeZone) || has(self.schedule) || (has(self.retention) && has(self.retention.keep))',
    message: sentences.zoneWithoutSchedule,
  },
  {
    rule: '!has(self.startingDeadlineSeconds) || has(self.schedule)',
    message: sentences.startingDeadlineWithoutSchedule,
  },
];
