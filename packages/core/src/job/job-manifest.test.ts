import { agentEnv, agentPlanSchema, labels, maxBackupNameLength, type EffectiveOptions } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, aRun, aSpec, uid } from '../run/an-observed.ts';
import { annotationChanges, claimObject, identityObjects } from './belongings.ts';
import { jobManifest, type JobParts } from './job-manifest.ts';
import { planBackup } from './plan-run.ts';
import type { StoreAccess } from './store-access.ts';

const bucket: StoreAccess = {
  type: 's3',
  bucket: 'backups',
  region: 'eu-west-1',
  forcePathStyle: false,
  checksumMode: 'WhenSupported',
  secretName: 'store-keys',
};
const claim: StoreAccess = { type: 'pvc', claim: 'nightly-backups' };

interface Container {
  readonly env: readonly { name: string; value?: string; valueFrom?: { secretKeyRef?: Record<string, unknown> } }[];
  readonly resources: { requests: Record<string, unknown>; limits: Record<string, unknown> };
  readonly [field: string]: unknown;
}
interface JobSpec {
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number;
  readonly template: {
    readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    readonly spec: { containers: [Container]; initContainers: [Container]; volumes: { name: string }[] } & Record<
      string,
      unknown
    >;
  };
}

interface Difference {
  options?: Partial<EffectiveOptions>;
  access?: StoreAccess;
  name?: string;
  keys?: JobParts['keys'];
  serviceAccount?: string;
}

/** The Job of the usual run, told by the options, the store and what the target brings. */
function aJobFor(difference: Difference = {}) {
  const { options: changed, access = bucket, name = 'nightly', keys } = difference;
  const spec = aSpec();
  const options = { ...spec.options, ...changed };
  const backup = aBackup({ key: { namespace: 'neo4j', name }, spec: { ...spec, options } });
  const target = {
    namespace: 'neo4j',
    image: 'neo4j:5.26-enterprise',
    from: ['production-server-0.production-headless.neo4j.svc.cluster.local:6362'],
    hasSecondaries: false,
    databases: ['*'],
    expected: ['system'],
    pullSecrets: [],
    tolerations: [],
  } as const;
  const parts: JobParts = {
    plan: planBackup(backup, { ...spec, options }, { run: aRun(), target, access, clusterId: 'the-cluster' }),
    access,
    options,
    keys,
    agentImage: 'holdfast/agent:1',
    engineImage: target.image,
    pullSecrets: ['registry'],
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    serviceAccount: difference.serviceAccount,
  };
  const job = jobManifest(backup, parts);
  const { template, ...rest } = job['spec'] as JobSpec;
  return { job, spec: rest, template, pod: template.spec, main: template.spec.containers[0] };
}

const variable = (main: Container, name: string) => main.env.filter((one) => one.name === name);

test('one attempt is one pod with a deadline a little behind its own', () => {
  const { spec, pod } = aJobFor({ options: { deadlineMs: 3_600_000 } });
  expect(spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 3660, completions: 1, parallelism: 1 });
  expect(spec).toMatchObject({ podFailurePolicy: { rules: [{ action: 'Ignore' }] } });
  expect(pod).toMatchObject({ restartPolicy: 'Never' });
});

test('Job and pod say whose they are, in words that existing network policies admit', () => {
  const { job, template } = aJobFor();
  const expected = {
    [labels.managedBy]: 'neo4j-operator',
    [labels.component]: 'backup',
    [labels.instance]: 'nightly',
    [labels.backupUid]: uid,
    [labels.runId]: aRun().id,
    [labels.attempt]: '1',
    [labels.verb]: 'backup',
  };
  expect(job.metadata.labels).toMatchObject(expected);
  expect(template.metadata.labels).toMatchObject(expected);
  expect(job.metadata).toMatchObject({
    name: 'nightly-backup',
    namespace: 'neo4j',
    ownerReferences: [{ kind: 'Neo4jBackup', name: 'nightly', uid, controller: true }],
  });
  expect('finalizers' in job.metadata).toBe(false);
});

test('the pod has no rights, no token and no writable image', () => {
  const { pod, main } = aJobFor();
  expect(pod).toMatchObject({
    serviceAccountName: 'nightly-backup',
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 7474,
      fsGroup: 7474,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  });
  for (const container of [main, pod.initContainers[0]]) {
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  }
});

test("the engine's own image runs our agent, never through a shell", () => {
  const { main, pod } = aJobFor();
  expect(main).toMatchObject({ name: 'backup', image: 'neo4j:5.26-enterprise' });
  expect(main['command']).toEqual(['/agent/tini', '--', '/agent/node', '--optimize-for-size', '/agent/agent.mjs']);
  const [install] = pod.initContainers;
  expect(install).toMatchObject({ name: 'install', image: 'holdfast/agent:1' });
  // The agent's own image holds everything at /agent, so the volume lies elsewhere while it is filled.
  expect(install['command']).toEqual(['/agent/node', '/agent/install.mjs', '/install']);
  expect(install['volumeMounts']).toEqual([{ name: 'agent', mountPath: '/install' }]);
  expect(main['volumeMounts']).toContainEqual({ name: 'agent', mountPath: '/agent', readOnly: true });
});

test('each Secret key is one variable, and no secret is written down', () => {
  const { main, job } = aJobFor();
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  for (const key of keys) {
    expect(variable(main, key)).toMatchObject([{ valueFrom: { secretKeyRef: { name: 'store-keys', key } } }]);
  }
  expect(variable(main, 'AWS_SESSION_TOKEN')[0]?.valueFrom?.secretKeyRef?.['optional']).toBe(true);
  expect(variable(main, 'AWS_ACCESS_KEY_ID')[0]?.valueFrom?.secretKeyRef).not.toHaveProperty('optional');
  expect(JSON.stringify(job)).not.toContain('envFrom');
  expect(variable(main, agentEnv.plan)[0]?.value).not.toContain('store-keys');
  expect(variable(aJobFor({ access: { ...bucket, secretName: undefined } as never }).main, keys[0] ?? '')).toEqual([]);
});

test('the agent can read its plan', () => {
  const { main } = aJobFor();
  const plan = agentPlanSchema.parse(JSON.parse(variable(main, agentEnv.plan)[0]?.value ?? ''));
  expect(plan).toMatchObject({ verb: 'backup', run: aRun().id, attempt: 1, store: { type: 's3', bucket: 'backups' } });
});

test('a store of its own kind is reached by endpoint, path and checksums as it needs them', () => {
  const { main } = aJobFor({
    access: { ...bucket, endpointUrl: 'https://minio.example', forcePathStyle: true, checksumMode: 'WhenRequired' },
  });
  expect(variable(main, 'AWS_REGION')).toEqual([{ name: 'AWS_REGION', value: 'eu-west-1' }]);
  expect(variable(main, 'AWS_ENDPOINT_URL_S3')[0]?.value).toBe('https://minio.example');
  expect(variable(main, 'JAVA_OPTS')[0]?.value).toContain('forcePathStyle=true');
  expect(variable(main, 'AWS_REQUEST_CHECKSUM_CALCULATION')[0]?.value).toBe('WHEN_REQUIRED');
});

test('a claim is mounted and brings no credentials', () => {
  const { main, pod } = aJobFor({ access: claim });
  expect(pod.volumes).toContainEqual({ name: 'store', persistentVolumeClaim: { claimName: 'nightly-backups' } });
  expect(main['volumeMounts']).toContainEqual({ name: 'store', mountPath: '/backups' });
  expect(variable(main, agentEnv.storeFolder)[0]?.value).toBe('/backups');
  expect(main.env.filter(({ name }) => name.startsWith('AWS_'))).toEqual([]);
});

test('scratch is a limited part of the disk, or a volume where the user wants neo4j-admin to work', () => {
  const usual = aJobFor();
  expect(usual.pod.volumes).toContainEqual({ name: 'scratch', emptyDir: { sizeLimit: '10Gi' } });
  expect(usual.main.resources.requests['ephemeral-storage']).toBe('10Gi');
  const own = aJobFor({ options: { tempPath: '/data/tmp', tempStorage: { size: '100Gi', storageClass: 'fast' } } });
  expect(own.main['volumeMounts']).toContainEqual({ name: 'scratch', mountPath: '/data/tmp' });
  expect(JSON.stringify(own.pod.volumes)).toContain('"storage":"100Gi"');
  expect(own.main.resources.requests).not.toHaveProperty('ephemeral-storage');
});

// What the spec says of the pod

test('the pod template replaces what it names and cannot hide whose pod it is', () => {
  const { template, pod, main } = aJobFor({
    options: {
      pod: {
        labels: { team: 'graph', [labels.instance]: 'another' },
        annotations: { 'karpenter.sh/do-not-disrupt': 'false', mesh: 'off' },
        securityContext: { runAsUser: 1000 },
        imagePullSecrets: [{ name: 'mine' }],
        env: [{ name: 'JAVA_OPTS', value: '-Dmine' }],
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'spot', operator: 'Exists' }],
        priorityClassName: 'high',
      },
    },
    access: { ...bucket, forcePathStyle: true },
  });
  expect(template.metadata.labels).toMatchObject({ team: 'graph', [labels.instance]: 'nightly' });
  expect(template.metadata.annotations).toMatchObject({
    mesh: 'off',
    'karpenter.sh/do-not-disrupt': 'false',
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  });
  expect(pod).toMatchObject({
    securityContext: { runAsUser: 1000, runAsNonRoot: true },
    imagePullSecrets: [{ name: 'registry' }, { name: 'mine' }],
    nodeSelector: { disk: 'ssd' },
    priorityClassName: 'high',
    tolerations: [{ key: 'dedicated' }, { key: 'spot' }],
  });
  expect(variable(main, 'JAVA_OPTS')).toEqual([{ name: 'JAVA_OPTS', value: '-Dmine' }]);
});

test('an empty security context leaves users to the platform', () => {
  const { pod, main } = aJobFor({ options: { pod: { securityContext: {} } } });
  expect(pod['securityContext']).toEqual({});
  expect(main['securityContext']).toEqual({ readOnlyRootFilesystem: true });
});

test('no variable is named twice', () => {
  const { main } = aJobFor({ options: { pod: { env: [{ name: 'HOME', value: '/home' }] } } });
  const names = main.env.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

type Stated = Partial<Record<'requests' | 'limits', Record<string, string>>>;
test.each<[Stated, Stated]>([
  [{ limits: { cpu: '100m' } }, { limits: { cpu: '100m', memory: '2048Mi' } }],
  [{ requests: { memory: '8Gi' } }, { requests: { memory: '8Gi' }, limits: { memory: '8Gi' } }],
  [{ limits: { memory: '1Gi' } }, { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } }],
])('resources %j make a Job that the API server takes', (resources, expected) => {
  const { main } = aJobFor({ options: { pod: { resources } } });
  expect(main.resources).toMatchObject(expected);
  const limited = Object.keys(resources.limits ?? {}).includes('cpu');
  expect('cpu' in main.resources.requests).toBe(!limited);
});

test('the longest backup name still gives names of at most 63 characters', () => {
  const name = 'a'.repeat(maxBackupNameLength);
  const { job, template } = aJobFor({ name });
  const { serviceAccount, role, roleBinding } = identityObjects(aBackup({ key: { namespace: 'neo4j', name } }));
  for (const { metadata } of [job, serviceAccount, role, roleBinding])
    expect(metadata.name.length).toBeLessThanOrEqual(63);
  for (const value of Object.values(template.metadata.labels))
    expect(value).toMatch(/^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/);
});

test('what a backup owns goes with it, its data does not', () => {
  const create = { size: '10Gi', accessModes: ['ReadWriteOnce'], storageClass: 'fast' };
  const made = claimObject(aBackup(), { type: 'pvc', claim: 'nightly-backups', path: '' }, create);
  expect(made.metadata).not.toHaveProperty('ownerReferences');
  expect(made['spec']).toEqual({
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '10Gi' } },
    storageClassName: 'fast',
  });
  const { serviceAccount, role } = identityObjects(aBackup());
  expect(serviceAccount.metadata).toHaveProperty('ownerReferences');
  expect(serviceAccount['automountServiceAccountToken']).toBe(false);
  expect(role['rules']).toEqual([{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]);
});

test('a pod that encrypts sees the entries that hold keys, one by one, and nothing else of their Secret', () => {
  const encryption = { algorithm: 'AES256', keySecret: 'backup-keys', keySecretKey: 'new' } as const;
  const keys = { secret: 'backup-keys', entries: ['new', 'old'] };
  const { main, pod } = aJobFor({ options: { encryption }, keys });
  const items = ['new', 'old'].map((key) => ({ key, path: key }));
  expect(pod.volumes).toContainEqual({
    name: 'keys',
    secret: { secretName: 'backup-keys', defaultMode: 0o440, items },
  });
  expect(main['volumeMounts']).toContainEqual({ name: 'keys', mountPath: '/holdfast/keys', readOnly: true });
  expect(variable(main, agentEnv.keysFolder)).toMatchObject([{ value: '/holdfast/keys' }]);
  expect(variable(main, 'MALLOC_MMAP_THRESHOLD_')).toMatchObject([{ value: '67108864' }]);
  const plan = agentPlanSchema.parse(JSON.parse(variable(main, agentEnv.plan)[0]?.value ?? ''));
  expect(plan).toMatchObject({ engine: { mode: 'staged' }, encryption: { algorithm: 'AES256', writeKey: 'new' } });
});

test('a work volume is mounted where runs are staged, and nowhere else', () => {
  const { main, pod } = aJobFor({ options: { transfer: 'Staged', workVolume: 'chains' } });
  expect(pod.volumes).toContainEqual({ name: 'work', persistentVolumeClaim: { claimName: 'chains' } });
  expect(main['volumeMounts']).toContainEqual({ name: 'work', mountPath: '/holdfast/work' });
  expect(variable(main, agentEnv.workFolder)).toMatchObject([{ value: '/holdfast/work' }]);
  const direct = aJobFor();
  expect(direct.pod.volumes.map(({ name }) => name)).toEqual(['agent', 'tmp', 'logs', 'scratch']);
  expect(variable(direct.main, 'MALLOC_MMAP_THRESHOLD_')).toEqual([]);
});

test('a Job runs as the account that the spec names, still without a token of the cluster', () => {
  const { pod } = aJobFor({ serviceAccount: 'backups' });
  expect(pod).toMatchObject({ serviceAccountName: 'backups', automountServiceAccountToken: false });
  expect(aJobFor().pod).toMatchObject({ serviceAccountName: 'nightly-backup' });
});

test('a pod without a Secret asks Azure for the token of its account', () => {
  const label = 'azure.workload.identity/use';
  const azure = { type: 'azure', bucket: 'backups', account: 'tenant', credential: 'pod' } as const;
  expect(aJobFor({ access: azure }).template.metadata.labels).toMatchObject({ [label]: 'true' });
  expect(aJobFor({ access: { ...azure, secretName: 'keys' } }).template.metadata.labels).not.toHaveProperty(label);
  expect(aJobFor().template.metadata.labels).not.toHaveProperty(label);
});

test('the key of a service account comes as a file of its own, and nothing else of its Secret', () => {
  const google = { type: 'gcs', bucket: 'backups' } as const;
  const { pod, main } = aJobFor({ access: { ...google, secretName: 'keys', secretEntry: 'service-account.json' } });
  const items = [{ key: 'service-account.json', path: 'key.json' }];
  expect(pod.volumes).toContainEqual({ name: 'google', secret: { secretName: 'keys', defaultMode: 0o440, items } });
  expect(main['volumeMounts']).toContainEqual({ name: 'google', mountPath: '/holdfast/google', readOnly: true });
  expect(variable(main, 'GOOGLE_APPLICATION_CREDENTIALS')).toMatchObject([{ value: '/holdfast/google/key.json' }]);
  expect(JSON.stringify(main.env)).not.toContain('secretKeyRef');
  const asPod = aJobFor({ access: google });
  expect(asPod.pod.volumes.map(({ name }) => name)).not.toContain('google');
  expect(variable(asPod.main, 'GOOGLE_APPLICATION_CREDENTIALS')).toEqual([]);
});

test('an own account gets the annotations of the spec, and loses those that an earlier spec gave', () => {
  const { serviceAccount } = identityObjects(aBackup(), { role: 'one', tenant: 'a' });
  const existing = { ...(serviceAccount.metadata['annotations'] as Record<string, string>), "somebody's": 'own' };
  expect(annotationChanges(existing, { role: 'one', tenant: 'a' })).toBeUndefined();
  expect(annotationChanges(existing, { role: 'two' })).toEqual({
    tenant: null,
    role: 'two',
    'neo4j.neo4j.com/given-annotations': 'role',
  });
  expect(annotationChanges(existing)).toMatchObject({ role: null, tenant: null });
  expect(annotationChanges({ old: 'account' })).toEqual({ 'neo4j.neo4j.com/given-annotations': '' });
});

test.each([
  ['S3', bucket],
  ['Google', { type: 'gcs', bucket: 'backups', secretName: 'keys', secretEntry: 'service-account.json' }],
  ['Azure', { type: 'azure', bucket: 'backups', account: 'orders', credential: 'pod' }],
] as const)('the authority of a store of %s is one file of its Secret, beside the plan', (_name, access) => {
  const { pod, main } = aJobFor({ access: { ...access, caSecretName: 'store-ca' } });
  const items = [{ key: 'ca.crt', path: 'ca.crt' }];
  expect(pod['volumes']).toContainEqual({
    name: 'authority',
    secret: { secretName: 'store-ca', defaultMode: 0o440, items },
  });
  const mount = { name: 'authority', mountPath: '/holdfast/authority', readOnly: true };
  expect(main['volumeMounts']).toContainEqual(mount);
  expect(variable(main, 'HOLDFAST_CA_FILE')[0]?.value).toBe('/holdfast/authority/ca.crt');
  const without = aJobFor({ access });
  expect(JSON.stringify(without.pod)).not.toContain('authority');
});
