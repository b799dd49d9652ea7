import { randomBytes } from 'node:crypto';
import { KubeError, resources, type Kube, type ResourceType } from '@holdfast/kube';
import { openMemory } from '@holdfast/storage';
import type { ActiveRun } from '@holdfast/types';
import { beforeEach, expect, test, vi } from 'vitest';
import { aResult, endJob, namespace, type World } from '../../../packages/access/src/a-world.ts';
import { aRunningWorld, bucket, folder, onClaim, onlyJob, removed, run, schedule, started, work } from './a-worker.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-worker.ts')).bucket.store,
}));

beforeEach(() => {
  bucket.store = openMemory({ place: 'bucket "backups"' });
});

test('an admitted run becomes a Job, and the record says so', async () => {
  const world = aRunningWorld();
  expect(await work(world)).toEqual({ kind: 'done' });
  const job = onlyJob(world);
  expect(job.metadata.name).toBe('nightly-backup');
  expect(world.status()).toMatchObject({
    phase: 'Running',
    activeRun: { phase: 'Starting', job: { uid: job.metadata.uid } },
    lastRunTime: '2026-03-01T02:00:05Z',
  });
  expect(world.events()).toEqual(['BackupStarted']);
});

test('from the event to the Job is told once, and not of a run that had waited or failed before', async () => {
  const seenAtMs = Date.parse('2026-03-01T02:00:04.700Z');
  const told = async (difference: Partial<ActiveRun>, kubeOf: (kube: Kube) => Kube = (kube) => kube) => {
    const world = aRunningWorld({ status: { activeRun: { ...run, ...difference } } });
    const after: number[] = [];
    const once = () => work(world, kubeOf(world.kube), { seenAtMs, onJobCreated: (afterMs) => after.push(afterMs) });
    await once();
    await once();
    onlyJob(world);
    return after;
  };
  expect(await told({})).toEqual([300]);
  const somebodyElseIsFaster = (kube: Kube): Kube => ({
    ...kube,
    create: async (type, draft) => {
      await kube.create(type, draft);
      return kube.create(type, draft);
    },
  });
  expect(await told({}, somebodyElseIsFaster)).toEqual([]);
  expect(await told({ attempt: 2 })).toEqual([]);
  const waitingFor = { reason: 'TargetNotReady', message: 'not ready', since: '2026-03-01T01:00:00Z' };
  expect(await told({ waitingFor })).toEqual([]);
});

test('a run that was not admitted, or is over, starts nothing', async () => {
  const recorded = aRunningWorld({ status: { activeRun: { ...run, phase: 'Recorded' } } });
  expect(await work(recorded)).toEqual({ kind: 'done' });
  const idle = aRunningWorld({ status: {} });
  expect(await work(idle)).toEqual({ kind: 'done' });
  expect([...recorded.jobs(), ...idle.jobs()]).toEqual([]);
});

test('the record learns of a Job whose maker died before it could say so', async () => {
  const world = await started();
  world.setStatus({ activeRun: run });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().activeRun).toMatchObject({ phase: 'Starting', job: { uid: onlyJob(world).metadata.uid } });
});

test('a finished Job of an earlier run makes room', async () => {
  const world = await started();
  endJob(world, onlyJob(world), aResult());
  const next = { ...run, id: 's20260302t020000z-1a2b3c4d', slot: '2026-03-02T02:00:00Z' };
  world.setStatus({ activeRun: next });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'PredecessorRunning' });
  expect(world.jobs()).toEqual([]);
  await work(world);
  expect(onlyJob(world).metadata.annotations).toMatchObject({ 'neo4j.neo4j.com/run-id': next.id });
});

test.each<readonly [string, string, (world: World) => unknown]>([
  [
    'a target that is not ready',
    'TargetNotReady',
    (world: World) => {
      const [cluster] = world.kube.all(resources.clusters);
      if (cluster) world.kube.put(resources.clusters, { ...cluster, status: { phase: 'Pending' } });
    },
  ],
  [
    'a target that does not exist',
    'TargetNotFound',
    (world: World) => void removed(world, resources.clusters, 'production'),
  ],
  [
    'a Secret that does not exist',
    'CredentialsMissing',
    (world: World) => void removed(world, resources.secrets, 'keys'),
  ],
])('%s makes the run wait and say so', async (_what, reason, spoil) => {
  const world = aRunningWorld();
  spoil(world);
  expect(await work(world)).toMatchObject({ kind: 'again', reason });
  expect(world.jobs()).toEqual([]);
  const { activeRun, phase, message, conditions } = world.status();
  expect(activeRun).toMatchObject({ phase: 'Admitted', waitingFor: { reason } });
  expect(phase).toBe('Pending');
  expect(message).toContain('waiting');
  expect(conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason });
});

test('an option that the target is too old for ends the run with the version, and no Job is spent on it', async () => {
  const world = aRunningWorld({ spec: { options: { additionalArgs: ['--parallel-download'] } } });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.jobs()).toEqual([]);
  const [ended] = world.status().history ?? [];
  expect(ended).toMatchObject({ status: 'Failed', reason: 'SpecInvalid' });
  expect(ended?.error).toMatch(/--parallel-download needs Neo4j 2025\.11 or later and the target runs 5\.26/);
  expect(world.events()).toEqual(['BackupFailed']);
});

test('a wait that goes on is told once, and ends by itself', async () => {
  const world = aRunningWorld();
  await removed(world, resources.secrets, 'keys');
  await work(world);
  world.pass(60_000);
  await work(world);
  expect(world.events()).toEqual(['StorageUnavailable']);
  expect(world.status().activeRun?.waitingFor?.since).toBe('2026-03-01T02:00:05Z');
  const data = { AWS_ACCESS_KEY_ID: 'YQ==', AWS_SECRET_ACCESS_KEY: 'Yg==' };
  world.kube.put(resources.secrets, { metadata: { namespace, name: 'keys' }, data });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().activeRun?.waitingFor).toBeUndefined();
});

test('a private endpoint that a spec names is refused, and the installation may have one of its own', async () => {
  const cloud = { endpointURL: 'http://10.0.0.1:9000', credentialsSecret: 'keys' };
  const world = aRunningWorld({ spec: { ...schedule, storage: { type: 's3', bucket: 'backups', cloud } } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'EndpointNotAllowed' });
  const usual = aRunningWorld();
  const storeDefaults = { s3: { endpointUrl: 'http://10.0.0.1:9000' } };
  expect(await work({ ...usual, hands: { ...usual.hands, storeDefaults } })).toEqual({ kind: 'done' });
});

const encrypted = (encryption: object = {}) => ({
  ...schedule,
  options: { encryption: { enabled: true, keySecret: 'backup-keys', ...encryption } },
});
const aKey = randomBytes(32);
const putKeys = (world: World, entries: Record<string, Uint8Array | string>) => {
  const data = Object.entries(entries).map(([entry, value]) => [entry, Buffer.from(value).toString('base64')]);
  world.kube.put(resources.secrets, { metadata: { namespace, name: 'backup-keys' }, data: Object.fromEntries(data) });
};

test('an encrypted backup waits for its Secret, for the entry and for a key in it, and no Job is spent', async () => {
  const world = aRunningWorld({ spec: encrypted() });
  const waitsFor = async (reason: string, sentence: RegExp) => {
    expect(await work(world)).toEqual({ kind: 'again', at: new Date(world.now().getTime() + 30_000), reason });
    expect(world.jobs()).toEqual([]);
    expect(world.status()).toMatchObject({ phase: 'Pending', activeRun: { waitingFor: { reason } } });
    expect(world.status().message).toMatch(sentence);
  };
  await waitsFor('KeyMissing', /Secret "backup-keys" in namespace "neo4j" with the encryption key does not exist/);
  putKeys(world, { other: aKey });
  await waitsFor('KeyMissing', /no entry "key" \(it has "other"\)/);
  putKeys(world, { key: 'correct horse battery staple' });
  await waitsFor('KeyMalformed', /entry "key" of the key Secret \(28 bytes\)/);
  expect(JSON.stringify([world.status(), world.kube.all(resources.events)])).not.toContain('correct horse');
  putKeys(world, { key: aKey.toString('hex'), old: randomBytes(32), notes: 'no key' });
  expect(await work(world)).toEqual({ kind: 'done' });
  const { volumes } = onlyJob(world).spec.template.spec;
  const items = ['key', 'old'].map((entry) => ({ key: entry, path: entry }));
  expect(volumes).toContainEqual(expect.objectContaining({ secret: expect.objectContaining({ items }) }));
  expect(JSON.stringify(onlyJob(world))).not.toContain(aKey.toString('hex'));
});

test('a work volume that does not exist is waited for before a Job is spent', async () => {
  const world = aRunningWorld({ spec: { ...schedule, options: { transfer: 'Staged', workVolume: 'chains' } } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'ClaimMissing' });
  expect(world.status().message).toMatch(/claim "chains" does not exist .* remove spec\.options\.workVolume/);
  expect(world.jobs()).toEqual([]);
  const metadata = { namespace, name: 'chains' };
  world.kube.put(resources.persistentVolumeClaims, { metadata, spec: {}, status: { phase: 'Bound' } });
  expect(await work(world)).toEqual({ kind: 'done' });
});

test('a claim is made where the spec says how large, and without a volume the run waits', async () => {
  const world = aRunningWorld({ spec: onClaim });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'ClaimNotBound' });
  const [claim] = world.kube.all(resources.persistentVolumeClaims);
  if (!claim) throw new Error('no claim was made');
  expect(claim.metadata.ownerReferences).toBeUndefined();
  world.kube.put(resources.persistentVolumeClaims, { ...claim, status: { phase: 'Bound' } });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(onlyJob(world).metadata.name).toBe('nightly-backup');
});

test('a claim that waits for its first pod gets that pod', async () => {
  const storage = { type: 'pvc', pvc: { name: 'backups', size: '10Gi', storageClass: 'local' } };
  const world = aRunningWorld({ spec: { ...schedule, storage } });
  world.kube.put(resources.storageClasses, {
    metadata: { name: 'local' },
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({
    status: 'Unknown',
    reason: 'WaitsForFirstPod',
  });
});

test('a claim whose StorageClass may not be read gets its first pod, and any other trouble with the class is one', async () => {
  const storage = { type: 'pvc', pvc: { name: 'backups', size: '10Gi', storageClass: 'local' } };
  const world = aRunningWorld({ spec: { ...schedule, storage } });
  const read = world.kube.get.bind(world.kube);
  let trouble = new KubeError('terminal', 'no such verb', { status: 422 });
  vi.spyOn(world.kube, 'get').mockImplementation((type, ...rest) =>
    type.plural === 'storageclasses' ? Promise.reject(trouble) : read(type, ...rest),
  );
  await expect(work(world)).rejects.toThrow('no such verb');
  trouble = new KubeError('terminal', 'denied', { status: 403 });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({
    status: 'Unknown',
    reason: 'WaitsForFirstPod',
    message: expect.stringContaining('may not be read here'),
  });
});

test('a claim that nobody may make is missing', async () => {
  const world = aRunningWorld({ spec: { ...schedule, storage: { type: 'pvc', pvc: { name: 'mine' } } } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'ClaimMissing' });
});

test.each<readonly [string, ResourceType]>([
  ['Job', resources.jobs],
  ['ServiceAccount', resources.serviceAccounts],
])('a %s of our name that is not ours is left alone', async (_kind, type) => {
  const world = aRunningWorld();
  const name = 'nightly-backup';
  world.kube.put(type, { metadata: { namespace, name } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'NameTaken' });
  const [condition] = (world.status().conditions ?? []).filter((one) => one.type === 'JobCreated');
  expect(condition).toMatchObject({ status: 'False', reason: 'NameTaken' });
  expect(world.kube.all(type).find(({ metadata }) => metadata.name === name)?.metadata.labels).toBeUndefined();
});

test('a spec that was edited into nonsense ends the run, and says what is wrong', async () => {
  const world = aRunningWorld({ spec: { schedule: 'not a schedule' } });
  await work(world);
  expect(world.status().history?.[0]).toMatchObject({ status: 'Failed', reason: 'SpecInvalid' });
});

test('a folder of another cluster makes the run wait until a person lets it be taken over', async () => {
  const time = '2026-01-01T00:00:00Z';
  const record = { v: 1, clusterId: 'another', namespace: 'prod', name: 'hourly', backupUid: 'uid', time };
  await folder().create('owner.json', Buffer.from(JSON.stringify(record)));
  const world = aRunningWorld();
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'FolderOwnedElsewhere' });
  expect(world.jobs()).toEqual([]);
  const storage = () => world.status().conditions?.find(({ type }) => type === 'StorageReady');
  expect(storage()).toMatchObject({ status: 'False', reason: 'FolderOwnedElsewhere' });
  expect(storage()?.message).toContain('backup prod/hourly of cluster another');
  const take = (id: string) => {
    const { metadata, ...rest } = world.backup();
    const annotations = { 'neo4j.neo4j.com/take-over': id };
    world.kube.put(resources.backups, { ...rest, metadata: { ...metadata, annotations } });
  };
  take('a-third-one');
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'FolderOwnedElsewhere' });
  expect(storage()?.message).toContain('it names a-third-one');
  take('another');
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(onlyJob(world).metadata.name).toBe('nightly-backup');
  expect(await Array.fromAsync(folder().list(''), ({ key }) => key)).toEqual(['owner.json', 'owner-2.json']);
});

test('keys that could write a header of their own are never used', async () => {
  const world = aRunningWorld();
  const data = { AWS_ACCESS_KEY_ID: btoa('tenant\r\nX-Evil: 1'), AWS_SECRET_ACCESS_KEY: btoa('secret') };
  world.kube.put(resources.secrets, { metadata: { namespace, name: 'keys' }, data });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'CredentialsMissing' });
  expect(world.status().message).toContain('AWS_ACCESS_KEY_ID');
  expect(world.status().message).not.toContain('Evil');
});

test('a backup without a Secret is for its own pods: no service opens its store', async () => {
  const cloud = {
    region: 'eu-west-1',
    endpointURL: 'http://minio.tenant.svc:9000',
    identity: { serviceAccount: 'backups' },
  };
  const world = aRunningWorld({ spec: { ...schedule, storage: { type: 's3', bucket: 'backups', cloud } } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'ServiceAccountMissing' });
  world.kube.put(resources.serviceAccounts, { metadata: { namespace, name: 'backups' } });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(onlyJob(world).spec.template.spec.serviceAccountName).toBe('backups');
  expect(onlyJob(world).spec.template.spec.containers[0]?.env?.map(({ name }) => name)).not.toContain(
    'AWS_ACCESS_KEY_ID',
  );
  expect(await Array.fromAsync(bucket.store.list(''))).toEqual([]);
});

const ofSet = { annotations: { 'neo4j.neo4j.com/target': 'statefulset/graph' } };
const putServer = (world: World, where: string, annotations: Record<string, string> = {}) => {
  const labels = { app: 'graph' };
  const containers = [{ name: 'neo4j', image: 'neo4j:5.26.4-enterprise' }];
  const made = world.kube.put(resources.statefulSets, {
    metadata: { namespace: where, name: 'graph', annotations },
    spec: {
      selector: { matchLabels: labels },
      template: { spec: { containers, imagePullSecrets: [{ name: 'mine' }] } },
    },
  });
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'graph', uid: made.metadata.uid };
  world.kube.put(resources.pods, {
    metadata: { namespace: where, name: 'graph-0', labels, ownerReferences: [owner] },
    spec: { containers },
    status: { podIP: '10.0.0.7', conditions: [{ type: 'Ready', status: 'True' }] },
  });
};

test('a plain StatefulSet is a target: its image, its pull secrets, its address', async () => {
  const world = aRunningWorld(ofSet);
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'TargetNotFound' });
  putServer(world, namespace);
  expect(await work(world)).toEqual({ kind: 'done' });
  const { spec } = onlyJob(world).spec.template;
  expect(spec.imagePullSecrets).toEqual([{ name: 'mine' }]);
  expect(spec.containers[0]?.image).toBe('neo4j:5.26.4-enterprise');
  expect(JSON.stringify(spec)).toContain(String.raw`\"from\":[\"10.0.0.7:6362\"]`);
});

test('a target elsewhere that this installation may not look at is waited for, with what to do', async () => {
  const target = { kind: 'Cluster', name: 'production', namespace: 'theirs' };
  const world = aRunningWorld({ spec: { ...schedule, target } });
  const denied = new KubeError('terminal', 'the API server denies "list neo4jdatabases"', { status: 403 });
  world.kube.failNext('list', denied);
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'ApiDenied' });
  expect(world.status().message).toMatch(
    /may not look at targets in namespace "theirs" .*; have it watch all namespaces/,
  );
  expect(world.status().activeRun).toMatchObject({ phase: 'Admitted', waitingFor: { reason: 'ApiDenied' } });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'TargetConsentMissing' });
  const own = aRunningWorld();
  own.kube.failNext('list', denied);
  await expect(work(own)).rejects.toThrow('denies');
});

test('a target elsewhere that agreed brings its image and none of its secrets', async () => {
  const target = { kind: 'Cluster', name: 'graph', namespace: 'theirs' };
  const world = aRunningWorld({ spec: { ...schedule, target }, ...ofSet });
  putServer(world, 'theirs', { 'neo4j.neo4j.com/allow-backups-from': 'shop' });
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'TargetConsentMissing' });
  putServer(world, 'theirs', { 'neo4j.neo4j.com/allow-backups-from': 'shop, neo4j' });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(onlyJob(world).spec.template.spec.imagePullSecrets ?? []).toEqual([]);
});
