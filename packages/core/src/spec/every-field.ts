import type { Place } from './consequences.ts';
import { bucket, target } from './a-spec.ts';

/**
 * For tests: every field of the schema with two specs that differ in it alone, and the place where that shows. A field that nobody reads
 * cannot be entered here, and one that is not entered is found.
 */
export interface Shown {
  readonly in: Place;
  readonly without: object;
  readonly with: object;
}

/** A field whose other values this version refuses by name. */
export interface Gap {
  readonly notYet: object;
}

const options = (fields: object, place: Place = 'job', without: object = {}): Shown => ({
  in: place,
  without: { options: without },
  with: { options: { ...without, ...fields } },
});
const pod = (podTemplate: object): Shown => options({ podTemplate });
const toleration = (difference: object, before: object = { key: 'a' }): Shown => ({
  in: 'job',
  without: { options: { tolerations: [before] } },
  with: { options: { tolerations: [{ ...before, ...difference }] } },
});
const claim = (pvc: object, before: object = { size: '1Gi' }, place: Place = 'claim'): Shown => ({
  in: place,
  without: { storage: { type: 'pvc', pvc: before } },
  with: { storage: { type: 'pvc', pvc: { ...before, ...pvc } } },
});
const keys = { enabled: true, keySecret: 'keys' };
const encryption = (difference: object): Shown =>
  options({ encryption: { ...keys, ...difference } }, 'job', { encryption: keys });
const retention = (fields: object): Shown => ({ in: 'retention', without: {}, with: { retention: fields } });

/** Below `storage.cloud`, and below `cloud`. */
function cloudFields(place: (cloud: object) => object): Record<string, Shown | Gap> {
  const s3 = (fields: object, where: Place = 'job'): Shown => ({
    in: where,
    without: place({ region: 'eu-west-1' }),
    with: place({ region: 'eu-west-1', ...fields }),
  });
  const identity = (fields: object, where: Place = 'account') => s3({ identity: fields }, where);
  return {
    provider: s3({ provider: 'azure' }, 'refusal'),
    region: s3({ region: 'us-east-1' }),
    credentialsSecret: s3({ credentialsSecret: 'keys' }),
    credentialsSecretRef: s3({ credentialsSecretRef: 'keys' }),
    endpointURL: s3({ endpointURL: 'https://minio.example' }),
    forcePathStyle: s3({ forcePathStyle: true }),
    caSecret: s3({ caSecret: 'ca' }),
    checksumMode: s3({ checksumMode: 'WhenRequired' }),
    account: {
      in: 'job',
      without: { ...place({}), storage: { type: 'azure', bucket: 'backups' } },
      with: azure(place({ account: 'mybackups' })),
    },
    'identity.provider': identity({ provider: 'azure' }, 'refusal'),
    'identity.serviceAccount': identity({ serviceAccount: 'backups' }),
    'identity.autoCreate.enabled': identity({ autoCreate: { enabled: false } }, 'refusal'),
    'identity.autoCreate.annotations': identity({ autoCreate: { annotations: { role: 'backups' } } }),
  };
}

/** The same difference with a container instead of a bucket. */
function azure(difference: object): object {
  const { storage = {}, ...rest } = difference as { storage?: object };
  return { ...rest, storage: { ...storage, type: 'azure', bucket: 'backups' } };
}

function below(prefix: string, fields: Record<string, Shown | Gap>): Record<string, Shown | Gap> {
  return Object.fromEntries(Object.entries(fields).map(([name, row]) => [`${prefix}.${name}`, row]));
}

const database = { kind: 'Database', name: 'orders' };

export const everyField: Readonly<Record<string, Shown | Gap>> = {
  'target.kind': { in: 'target', without: {}, with: { target: { ...target, kind: 'Database' } } },
  'target.name': { in: 'target', without: {}, with: { target: { ...target, name: 'orders' } } },
  'target.namespace': { in: 'target', without: {}, with: { target: { ...target, namespace: 'graphs' } } },
  'target.clusterRef': {
    in: 'target',
    without: { target: database },
    with: { target: { ...database, clusterRef: 'orders' } },
  },
  'storage.type': { in: 'job', without: {}, with: { storage: { type: 'pvc' } } },
  'storage.bucket': { in: 'job', without: {}, with: { storage: { ...bucket, bucket: 'others' } } },
  'storage.path': { in: 'job', without: {}, with: { storage: { ...bucket, path: 'daily' } } },
  ...below(
    'storage.cloud',
    cloudFields((cloud) => ({ storage: { ...bucket, cloud } })),
  ),
  ...below(
    'cloud',
    cloudFields((cloud) => ({ storage: { type: 's3', bucket: 'backups' }, cloud })),
  ),
  'storage.pvc.name': claim({ name: 'disk' }, {}, 'job'),
  'storage.pvc.size': claim({ size: '5Gi' }),
  'storage.pvc.storageClass': claim({ storageClass: 'fast' }),
  'storage.pvc.storageClassName': claim({ storageClassName: 'fast' }),
  'storage.pvc.accessModes[]': claim({ accessModes: ['ReadWriteMany'] }),
  schedule: { in: 'watcher', without: {}, with: { schedule: '@daily' } },
  timeZone: {
    in: 'watcher',
    without: { schedule: '0 2 * * *' },
    with: { schedule: '0 2 * * *', timeZone: 'Asia/Tokyo' },
  },
  startingDeadlineSeconds: {
    in: 'watcher',
    without: { schedule: '0 2 * * *' },
    with: { schedule: '0 2 * * *', startingDeadlineSeconds: 60 },
  },
  concurrencyPolicy: { notYet: { schedule: '@daily', concurrencyPolicy: 'Replace' } },
  suspend: { in: 'watcher', without: {}, with: { suspend: true } },
  historyLimit: { in: 'history', without: {}, with: { historyLimit: 5 } },
  'retention.maxAge': retention({ maxAge: '30d' }),
  'retention.maxCount': retention({ maxCount: 7 }),
  'retention.deletePolicy': {
    in: 'retention',
    without: { retention: { maxCount: 7 } },
    with: { retention: { maxCount: 7, deletePolicy: 'Archive' } },
  },
  ...below(
    'retention.keep',
    Object.fromEntries(
      ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((each) => [
        each,
        {
          in: 'retention',
          without: { retention: { maxCount: 7 } },
          with: { retention: { maxCount: 7, keep: { [each]: 1 } } },
        },
      ]),
    ),
  ),
  'retention.onDelete': { in: 'watcher', without: {}, with: { retention: { onDelete: 'Delete' } } },
  'retention.maxDeletePercent': {
    in: 'retention',
    without: { retention: { maxCount: 7 } },
    with: { retention: { maxCount: 7, maxDeletePercent: 20 } },
  },
  'options.backupType': options({ backupType: 'FULL' }),
  'options.fullInterval': options({ fullInterval: '1d' }),
  'options.maxChainLength': options({ maxChainLength: 3 }),
  'options.transfer': options({ transfer: 'Staged' }),
  'options.workVolume': options({ workVolume: 'chains' }, 'job', { transfer: 'Staged' }),
  'options.compress': options({ compress: false }),
  'options.pageCache': options({ pageCache: '4G' }),
  'options.encryption.enabled': encryption({ enabled: false }),
  'options.encryption.keySecret': encryption({ keySecret: 'others' }),
  'options.encryption.keySecretKey': encryption({ keySecretKey: 'second' }),
  'options.encryption.algorithm': { notYet: { options: { encryption: { ...keys, algorithm: 'ChaCha20' } } } },
  'options.verifyBackup': options({ verifyBackup: true }),
  'options.verify': options({ verify: true }),
  'options.additionalArgs[]': options({ additionalArgs: ['--verbose'] }),
  'options.tempPath': options({ tempPath: '/scratch2' }),
  'options.preferDiffAsParent': options({ preferDiffAsParent: true }),
  'options.parallelDownload': options({ parallelDownload: true }),
  'options.remoteAddressResolution': options({ remoteAddressResolution: false }),
  'options.skipRecovery': options({ skipRecovery: true }),
  'options.includeMetadata': options({ includeMetadata: 'all' }),
  'options.parallelRecovery': options({ parallelRecovery: true }),
  'options.keepFailed': options({ keepFailed: true }),
  'options.podTemplate.labels': pod({ labels: { team: 'a' } }),
  'options.podTemplate.annotations': pod({ annotations: { team: 'a' } }),
  'options.podTemplate.securityContext': pod({ securityContext: { runAsUser: 1 } }),
  'options.podTemplate.imagePullSecrets[].name': pod({ imagePullSecrets: [{ name: 'registry' }] }),
  'options.podTemplate.env[].name': pod({ env: [{ name: 'A' }] }),
  'options.podTemplate.env[].value': options({ podTemplate: { env: [{ name: 'A', value: 'x' }] } }, 'job', {
    podTemplate: { env: [{ name: 'A' }] },
  }),
  'options.podTemplate.env[].valueFrom': options(
    { podTemplate: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] } },
    'job',
    { podTemplate: { env: [{ name: 'A' }] } },
  ),
  'options.resources.requests': options({ resources: { requests: { cpu: '2' } } }),
  'options.resources.limits': options({ resources: { limits: { cpu: '2' } } }),
  'options.nodeSelector': options({ nodeSelector: { disk: 'fast' } }),
  'options.tolerations[].key': toleration({ key: 'b' }),
  'options.tolerations[].operator': toleration({ operator: 'Exists' }),
  'options.tolerations[].value': toleration({ value: 'x' }),
  'options.tolerations[].effect': toleration({ effect: 'NoSchedule' }),
  'options.tolerations[].tolerationSeconds': toleration({ tolerationSeconds: 5 }, { key: 'a', effect: 'NoExecute' }),
  'options.affinity': options({ affinity: { nodeAffinity: {} } }),
  'options.priorityClassName': options({ priorityClassName: 'batch' }),
  'options.deadline': options({ deadline: '1h' }),
  'options.stallTimeout': options({ stallTimeout: '1h' }),
  'options.retries': options({ retries: 5 }, 'attempts'),
  'options.tempStorage.size': options({ tempStorage: { size: '1Gi' } }),
  'options.tempStorage.storageClass': options({ tempStorage: { size: '1Gi', storageClass: 'fast' } }, 'job', {
    tempStorage: { size: '1Gi' },
  }),
  'options.transport': { notYet: { options: { transport: 'exec' } } },
  'triggers[].on': { in: 'event', without: {}, with: { triggers: [{ on: 'SpecChanged' }] } },
  'triggers[].backupType': {
    in: 'event',
    without: { triggers: [{ on: 'SpecChanged' }] },
    with: { triggers: [{ on: 'SpecChanged', backupType: 'FULL' }] },
  },
  'objectives.rpo': { notYet: { objectives: { rpo: '1d' } } },
  'objectives.rto': { notYet: { objectives: { rto: '1h' } } },
};
