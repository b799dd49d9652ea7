import type { Neo4jBackup, Spec } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { effectiveSpec } from './effective-spec.ts';

const target = { kind: 'Cluster', name: 'production' } as const;
const bucket = { type: 's3', bucket: 'backups', cloud: { region: 'eu-west-1' } } as const;

function aBackup(spec: unknown, name = 'nightly'): Neo4jBackup {
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name, namespace: 'neo4j', uid: '1a2b3c4d-0000', creationTimestamp: '2026-03-01T00:00:00Z' },
    spec: spec as Spec,
  };
}

const read = (difference: Record<string, unknown>) =>
  effectiveSpec(aBackup({ target, storage: bucket, ...difference }));
const sentencesOf = (difference: Record<string, unknown>) => read(difference).refusals.map(({ message }) => message);
const options = (given: Record<string, unknown>) => read({ options: given }).spec?.options;

function chain(retention: Record<string, unknown>): unknown[] {
  const found = read({ retention }).spec?.options;
  return [found?.fullIntervalMs, found?.maxChainLength];
}

test('the shortest spec gets every default', () => {
  expect(effectiveSpec(aBackup({ target, storage: bucket })).spec).toEqual({
    target: { kind: 'Cluster', name: 'production', namespace: 'neo4j' },
    storage: { type: 's3', bucket: 'backups', path: '', region: 'eu-west-1' },
    suspend: false,
    options: {
      backupType: 'AUTO',
      fullIntervalMs: 7 * 86_400_000,
      compress: true,
      additionalArgs: [],
      deadlineMs: 86_400_000,
      stallTimeoutMs: 1_800_000,
      retries: 2,
      verify: false,
      transfer: 'Auto',
      pod: {},
    },
    historyLimit: 20,
  });
});

test('chain limits follow the policy', () => {
  expect(chain({ maxAge: '8d' })).toEqual([2 * 86_400_000, undefined]);
  expect(chain({ maxAge: '90d', maxCount: 7 })).toEqual([7 * 86_400_000, 3]);
  expect(chain({ maxCount: 1 })).toEqual([7 * 86_400_000, 1]);
  expect(options({ fullInterval: '1h', maxChainLength: 5 })).toMatchObject({
    fullIntervalMs: 3_600_000,
    maxChainLength: 5,
  });
});

test('an explicit false for compression survives', () => {
  expect(options({ compress: false })?.compress).toBe(false);
});

test('a schedule is read with its zone, and H belongs to the object', () => {
  const schedule = read({ schedule: 'H 2 * * *', timeZone: 'Europe/Stockholm', startingDeadlineSeconds: 60 }).spec
    ?.schedule;
  expect(schedule).toMatchObject({ timeZone: 'Europe/Stockholm', startingDeadlineMs: 60_000 });
  expect(schedule?.expression).toMatch(/^\d+ 2 \* \* \*$/);
  expect(read({ schedule: 'H 2 * * *' }).spec?.schedule?.expression).toBe(schedule?.expression);
});

test('both places for cloud settings are read as one', () => {
  const { spec } = read({
    storage: { ...bucket, cloud: { region: 'eu-west-1' } },
    cloud: { provider: 'aws', region: 'eu-west-1', credentialsSecretRef: 'keys' },
  });
  expect(spec?.storage).toEqual({
    type: 's3',
    bucket: 'backups',
    path: '',
    region: 'eu-west-1',
    credentialsSecret: 'keys',
  });
});

test('an endpoint needs no region and asks for checksums only when required', () => {
  const cloud = { endpointURL: 'https://minio.example:9000/', forcePathStyle: true };
  expect(read({ storage: { type: 's3', bucket: 'b', path: '/a/', cloud } }).spec?.storage).toEqual({
    type: 's3',
    bucket: 'b',
    path: 'a',
    endpointUrl: 'https://minio.example:9000',
    forcePathStyle: true,
    checksumMode: 'WhenRequired',
  });
});

test('a claim is named after the backup, and made only where a size is given', () => {
  expect(read({ storage: { type: 'pvc' } }).spec?.storage).toEqual({ type: 'pvc', claim: 'nightly-backups', path: '' });
  expect(
    read({ storage: { type: 'pvc', path: 'a', pvc: { name: 'disk', size: '50Gi', storageClassName: 'fast' } } }).spec
      ?.storage,
  ).toEqual({
    type: 'pvc',
    claim: 'disk',
    path: 'a',
    create: { size: '50Gi', storageClass: 'fast', accessModes: ['ReadWriteOnce'] },
  });
});

test('fields and arguments that say the same are one argument', () => {
  expect(
    options({
      additionalArgs: ['--verbose', '--parallel-recovery', '--temp-path=/tmp/backup', '--include-metadata'],
      parallelRecovery: true,
      keepFailed: true,
      skipRecovery: false,
    }),
  ).toMatchObject({
    additionalArgs: ['--verbose', '--parallel-recovery', '--include-metadata=all', '--keep-failed=true'],
    tempPath: '/tmp/backup',
  });
});

test('what is said of the pod is passed on', () => {
  const pod = {
    resources: { limits: { memory: '4Gi', cpu: 2 } },
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'backup', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
  };
  const podTemplate = {
    labels: { team: 'a' },
    annotations: { 'example.com/x': 'y' },
    securityContext: {},
    imagePullSecrets: [{ name: 'registry' }],
    env: [{ name: 'TZ', value: 'UTC' }],
  };
  expect(options({ ...pod, podTemplate })?.pod).toEqual({ ...pod, ...podTemplate });
});

test('encryption and staging are read with their defaults', () => {
  expect(options({ encryption: { enabled: true, keySecret: 'keys' } })?.encryption).toEqual({
    algorithm: 'AES256',
    keySecret: 'keys',
    keySecretKey: 'key',
  });
  expect(options({ transfer: 'Staged', workVolume: 'chains' })).toMatchObject({
    transfer: 'Staged',
    workVolume: 'chains',
  });
  expect(
    options({ encryption: { enabled: false, keySecret: 'keys', algorithm: 'ChaCha20' } })?.encryption,
  ).toBeUndefined();
});

test('values that say what is done anyway are accepted', () => {
  const { refusals } = read({
    concurrencyPolicy: 'Forbid',
    triggers: [],
    objectives: {},
    retention: { maxAge: '7d', deletePolicy: 'Delete', onDelete: 'Retain', keep: {}, maxDeletePercent: 100 },
    options: {
      encryption: { enabled: false },
      verify: false,
      verifyBackup: false,
      transfer: 'Direct',
      transport: 'network',
    },
  });
  expect(refusals).toEqual([]);
  expect(read({ options: { transfer: 'Auto', transport: 'Auto' } }).refusals).toEqual([]);
});

test.each<[string, Record<string, unknown>]>([
  ['spec.storage.type', { storage: { type: 'gcs', bucket: 'b' } }],
  ['spec.storage.cloud.caSecret', { storage: { ...bucket, cloud: { region: 'x', caSecret: 'ca' } } }],
  ['spec.concurrencyPolicy', { concurrencyPolicy: 'Replace' }],
  ['spec.triggers', { triggers: [{ on: 'SpecChanged' }] }],
  ['spec.objectives', { objectives: { rpo: '1h' } }],
  ['spec.retention.deletePolicy', { retention: { deletePolicy: 'Archive' } }],
  ['spec.retention.keep', { retention: { keep: { daily: 7 } } }],
  ['spec.retention.onDelete', { retention: { onDelete: 'Delete' } }],
  ['spec.retention.maxDeletePercent', { retention: { maxDeletePercent: 50 } }],
  [
    'spec.options.encryption.algorithm',
    { options: { encryption: { enabled: true, keySecret: 'key', algorithm: 'ChaCha20' } } },
  ],
  ['spec.options.transport', { options: { transport: 'exec' } }],
])('%s is refused by name where this version does not do it', (field, difference) => {
  const { spec, refusals } = read(difference);
  expect(spec).toBeUndefined();
  expect(refusals.map(({ reason, field: named }) => [reason, named])).toEqual([['NotSupportedYet', field]]);
  expect(refusals[0]?.message).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')} is .*; .`));
});

test.each<[string, Record<string, unknown>]>([
  [
    'spec.storage.bucket is missing; name the bucket or container that this storage type writes to',
    { storage: { type: 's3', cloud: { region: 'x' } } },
  ],
  [
    'spec.storage.bucket has no meaning with storage type pvc; remove it, or name the claim in spec.storage.pvc.name',
    { storage: { type: 'pvc', bucket: 'b' } },
  ],
  ['spec.storage.cloud has no meaning with storage type pvc; remove it', { storage: { type: 'pvc', cloud: {} } }],
  [
    'spec.cloud has no meaning with storage type pvc; remove it',
    { storage: { type: 'pvc' }, cloud: { provider: 'aws' } },
  ],
  [
    'spec.storage.pvc has no meaning with this storage type; remove it, or set spec.storage.type to pvc',
    { storage: { ...bucket, pvc: {} } },
  ],
  [
    'spec.storage.cloud.region is missing; name the region of the bucket, or set spec.storage.cloud.endpointURL for another S3 store',
    { storage: { type: 's3', bucket: 'b', cloud: { provider: 'aws' } } },
  ],
  [
    'spec.storage.cloud.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure',
    { storage: { ...bucket, cloud: { provider: 'gcp', region: 'x' } } },
  ],
  [
    'spec.cloud.region and spec.storage.cloud.region differ; keep the one below storage',
    { cloud: { region: 'us-east-1' } },
  ],
  [
    'spec.cloud.credentialsSecret and spec.storage.cloud.credentialsSecret differ; keep the one below storage',
    { storage: { ...bucket, cloud: { region: 'x', credentialsSecret: 'a' } }, cloud: { credentialsSecretRef: 'b' } },
  ],
  [
    'credentialsSecret and credentialsSecretRef are the same field and differ; keep one of them',
    { storage: { ...bucket, cloud: { region: 'x', credentialsSecret: 'a', credentialsSecretRef: 'b' } } },
  ],
  [
    'spec.storage.pvc.storageClass and storageClassName are the same field and differ; keep one of them',
    { storage: { type: 'pvc', pvc: { storageClass: 'a', storageClassName: 'b' } } },
  ],
  [
    'spec.storage.pvc.size is "0Gi"; write a size above zero, such as 100Gi',
    { storage: { type: 'pvc', pvc: { size: '0Gi' } } },
  ],
  ['spec.storage.path contains ".."; write a path below the store\'s root', { storage: { ...bucket, path: 'a/../b' } }],
  [
    'spec.storage.cloud.account belongs to storage type azure; remove it',
    { storage: { ...bucket, cloud: { region: 'x', account: 'store' } } },
  ],
  [
    'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
    { target: { ...target, clusterRef: 'x' } },
  ],
  ['spec.timeZone has no meaning without spec.schedule; remove it or add a schedule', { timeZone: 'UTC' }],
  [
    'spec.timeZone is "Mars", which is no known time zone; write an IANA name such as Europe/Stockholm',
    { schedule: '@daily', timeZone: 'Mars' },
  ],
  [
    'spec.startingDeadlineSeconds has no meaning without spec.schedule; remove it or add a schedule',
    { startingDeadlineSeconds: 5 },
  ],
  ['spec.retention.maxAge is "0d"; write a duration above zero, such as 30d', { retention: { maxAge: '0d' } }],
  [
    'spec.options.verifyBackup and verify are the same field and differ; keep one of them',
    { options: { verifyBackup: false, verify: true } },
  ],
  [
    'spec.options.encryption.keySecret is missing; name the Secret that holds the key, or set enabled to false',
    { options: { encryption: { enabled: true } } },
  ],
  [
    'spec.options.transfer is Direct, and neo4j-admin cannot encrypt what it writes into the store itself; write Auto or leave it out, or set encryption.enabled to false',
    { options: { transfer: 'Direct', encryption: { enabled: true, keySecret: 'keys' } } },
  ],
  [
    'spec.options.workVolume has no meaning while neo4j-admin writes into the store itself; remove it, or set spec.options.transfer to Staged',
    { options: { workVolume: 'chains' } },
  ],
  [
    'spec.options.parallelRecovery and spec.options.additionalArgs[0] give --parallel-recovery different values; keep one of them',
    { options: { additionalArgs: ['--parallel-recovery'], parallelRecovery: false } },
  ],
  [
    'spec.options.additionalArgs[1] and spec.options.additionalArgs[0] give --include-metadata different values; keep one of them',
    { options: { additionalArgs: ['--include-metadata', '--include-metadata=none'] } },
  ],
  ['spec.options.tempPath is "tmp"; write an absolute path such as /scratch', { options: { tempPath: 'tmp' } }],
  [
    'spec.options.resources.limits.memory is "lots"; write a Kubernetes quantity such as 100Gi',
    { options: { resources: { limits: { memory: 'lots' } } } },
  ],
  [
    'spec.options.podTemplate.labels sets app.kubernetes.io/managed-by, which Holdfast sets itself; remove it',
    { options: { podTemplate: { labels: { 'app.kubernetes.io/managed-by': 'me' } } } },
  ],
  [
    'spec.options.podTemplate.env[0].name is "HOLDFAST_PLAN", which Holdfast sets itself; choose another name',
    { options: { podTemplate: { env: [{ name: 'HOLDFAST_PLAN', value: '{}' }] } } },
  ],
  [
    'spec.schedule is an object with fields; write the cron expression itself, such as schedule: "0 2 * * *"',
    { schedule: { cron: '0 2 * * *' } },
  ],
  ['spec.suspend is a text in quotes; write true or false', { suspend: 'true' }],
  ['spec.historyLimit is 99; write at most 50', { historyLimit: 99 }],
  ['spec.retention.maxCount is 0; write at least 1', { retention: { maxCount: 0 } }],
  ['spec.options.pageCache is "2Gi"; write a number with K, M or G, such as 2G', { options: { pageCache: '2Gi' } }],
  ['spec.storage.type is "S3"; write one of s3, gcs, azure, pvc', { storage: { type: 'S3', bucket: 'b' } }],
  [
    'spec.options.additionalArg is not a field of a Neo4jBackup; remove it or correct its name',
    { options: { additionalArg: [] } },
  ],
])('%s', (sentence, difference) => {
  expect(sentencesOf(difference)).toContain(sentence);
});

test('a name too long for its Job is refused', () => {
  const { refusals } = effectiveSpec(aBackup({ target, storage: bucket }, 'n'.repeat(57)));
  expect(refusals).toMatchObject([{ reason: 'SpecInvalid', field: 'metadata.name' }]);
  expect(effectiveSpec(aBackup({ target, storage: bucket }, 'n'.repeat(56))).refusals).toEqual([]);
});

test('every mistake is told at once', () => {
  expect(
    sentencesOf({ schedule: '0 0 0 * * *', retention: { maxAge: '0d' }, options: { tempPath: '/etc' } }),
  ).toHaveLength(3);
});

test('whatever stands below spec, it is read or refused', () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const parts = { target: value, storage: value, cloud: value, schedule: value, retention: value, options: value };
  const some = fc.record(parts, { requiredKeys: [] }).map((difference) => ({ target, storage: bucket, ...difference }));
  const texts = fc
    .record({
      path: fc.string(),
      schedule: fc.string(),
      maxAge: fc.string(),
      tempPath: fc.string(),
      endpointURL: fc.string(),
    })
    .map(({ path, schedule, maxAge, tempPath, endpointURL }) => ({
      target,
      storage: { ...bucket, path, cloud: { endpointURL } },
      schedule,
      retention: { maxAge },
      options: { tempPath },
    }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), some, texts), (written) => {
      const { spec, refusals } = effectiveSpec(aBackup(written));
      expect(spec === undefined).toBe(refusals.length > 0);
      expect(refusals.filter(({ message }) => !/; ./.test(message))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('an annotation that names a plain workload as target is refused, not ignored', () => {
  const backup = aBackup({ target, storage: bucket });
  const annotations = { 'neo4j.neo4j.com/target': 'statefulset/graph' };
  const { spec, refusals } = effectiveSpec({ ...backup, metadata: { ...backup.metadata, annotations } });
  expect(spec).toBeUndefined();
  expect(refusals).toMatchObject([
    { reason: 'NotSupportedYet', field: 'metadata.annotations[neo4j.neo4j.com/target]' },
  ]);
});
