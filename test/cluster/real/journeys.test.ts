import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { contentsOf, disagreements, openBucket, openClaim } from '../../journeys/contents.ts';
import { bucket, condition, makeDatabase, startJourney, succeeded, type Journey } from '../../journeys/journey.ts';
import { installRelease } from '../../neo4j/chart-release.ts';
import type { Control } from '../../neo4j/control.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import { serviceNames } from '../services/service-specs.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const namespace = 'neo4j';
const day = 86_400_000;

describe.skipIf(!ready)('on a real control plane', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(builtModule(kubernetes, 'kubectl') ?? '', { kind: 'control-plane' });
    await journey.cluster.stores.s3.makeBucket('backups');
    await journey.namespace(namespace);
    prod = await journey.target({ name: 'prod', namespace });
  }, 180_000);
  afterAll(() => journey?.stop());

  test('kubectl meets the version that the kind promises, at both ends', async () => {
    const versions = JSON.parse(await journey.kubectl.ok('version', '-o', 'json')) as Record<string, unknown>;
    for (const end of ['clientVersion', 'serverVersion'])
      expect(versions).toMatchObject({ [end]: { major: '1', minor: '36', gitVersion: 'v1.36.3' } });
  });

  test('rules of the definition are kept by the server itself, in our words', async () => {
    const wrong = { ...once(bucket('backups')), target: { kind: 'Cluster', name: 'prod', clusterRef: 'other' } };
    await expect(journey.apply(namespace, 'refused', wrong)).rejects.toThrow(
      'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
    );
    const unknown = { ...once(bucket('backups')), storag: {} };
    await expect(journey.apply(namespace, 'unknown', unknown)).rejects.toThrow(/unknown field "spec.storag"/);
  });

  test('a backup goes to the bucket, and its artifacts are what its manifests say', async () => {
    await journey.apply(namespace, 'once', once(bucket('backups')));
    const status = await journey.when(namespace, 'once', succeeded(1));
    expect(status).toMatchObject({ phase: 'Completed' });
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    const store = await openBucket(journey.cluster, 'backups');
    expect((await contentsOf(store, `${namespace}/once`)).manifests.map(({ database }) => database).sort()).toEqual([
      'neo4j',
      'system',
    ]);
    expect(await disagreements(store, `${namespace}/once`)).toEqual([]);
    expect(await journey.kubectl.ok('logs', 'job/once-backup', '-n', namespace, '-c', 'backup')).toMatch(
      /holdfast: run/,
    );
    expect((await journey.events(namespace, 'once')).map(({ reason }) => reason)).toContain('BackupCompleted');
  });

  test('the pod of a backup has no token of the API server, nor any way to have one', async () => {
    const pods = await journey.kubectl.ok('get', 'pods', '-n', namespace, '-l', 'job-name=once-backup', '-o', 'json');
    const [pod] = (JSON.parse(pods) as { items: { spec: PodSpec }[] }).items;
    expect(pod?.spec).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: 'once-backup' });
    expect(pod?.spec.volumes?.filter((volume) => 'projected' in volume)).toEqual([]);
    const account = 'system:serviceaccount:neo4j:once-backup';
    const may = await journey.kubectl.ok('auth', 'can-i', '--list', '-n', namespace, '--as', account);
    const granted = may.split('\n').filter((line) => /^[a-z]/.test(line) && !line.startsWith('selfsubject'));
    expect(granted.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual(['pods/log [] [] [get]']);
  });

  test('a claim is made as the spec says and bound by the controllers', async () => {
    const pvc = { size: '20Gi', storageClassName: 'fast-ssd', accessModes: ['ReadWriteMany'] };
    await journey.apply(namespace, 'made', once({ type: 'pvc', pvc }));
    expect(await journey.when(namespace, 'made', succeeded(1))).toMatchObject({ phase: 'Completed' });
    const made = JSON.parse(
      await journey.kubectl.ok('get', 'pvc', 'made-backups', '-n', namespace, '-o', 'json'),
    ) as object;
    expect(made).toMatchObject({
      spec: { accessModes: ['ReadWriteMany'], storageClassName: 'fast-ssd' },
      status: { phase: 'Bound', capacity: { storage: '20Gi' } },
    });
    expect(await disagreements(openClaim(journey.cluster, namespace, 'made-backups'), `${namespace}/made`)).toEqual([]);
  });

  test('what is missing is told and waited for, over and over, and once it is there the run goes on', async () => {
    const { cluster, kubectl } = journey;
    const waits = (message: RegExp) =>
      journey.when(namespace, 'keyless', (status) => message.test(condition(status, 'Ready')?.message ?? ''));
    const cloud = { provider: 'aws', region: 'us-east-1', credentialsSecret: 'store-keys' };
    await journey.apply(namespace, 'keyless', once({ ...bucket('backups'), cloud }));
    await waits(/Secret "store-keys" in namespace "neo4j" does not exist; create it/);
    const { accessKeyId, secretAccessKey } = cluster.stores.s3;
    const create = ['create', 'secret', 'generic', 'store-keys', '-n', namespace];
    await kubectl.ok(...create, `--from-literal=AWS_ACCESS_KEY_ID=${accessKeyId}`);
    cluster.clock.advance(31_000);
    await waits(/lacks AWS_SECRET_ACCESS_KEY; add the missing key/);
    await kubectl.ok('delete', 'secret', 'store-keys', '-n', namespace);
    const words = [
      `--from-literal=AWS_ACCESS_KEY_ID=${accessKeyId}`,
      `--from-literal=AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    ];
    await kubectl.ok(...create, ...words);
    cluster.clock.advance(31_000);
    expect(await journey.when(namespace, 'keyless', succeeded(1))).toMatchObject({ phase: 'Completed' });
  });

  test('a StatefulSet is a target as soon as its controller has made a pod that is ready, and in another namespace when its owner agrees', async () => {
    const annotations = { 'neo4j.neo4j.com/target': 'statefulset/server-1' };
    const target = { kind: 'Cluster', name: 'graph', namespace: 'graphs' };
    await journey.namespace('graphs');
    await journey.apply(namespace, 'of-set', { ...once(bucket('backups')), target }, annotations);
    const byEvent = { target, storage: bucket('backups'), schedule: '0 2 1 1 *', triggers: [{ on: 'TargetCreated' }] };
    await journey.apply(namespace, 'when-created', byEvent, annotations);
    const waits = ({ activeRun }: { activeRun?: { waitingFor?: { reason: string } | undefined } | undefined }) =>
      activeRun?.waitingFor?.reason === 'TargetConsentMissing';
    await journey.when(namespace, 'of-set', waits);
    await installRelease({ name: 'server-1', namespace: 'graphs' }, { ...journey.cluster, makesPods: true });
    await journey.when(namespace, 'of-set', waits);
    const consent = `neo4j.neo4j.com/allow-backups-from=${namespace}`;
    await journey.kubectl.ok('annotate', 'statefulset', 'server-1', '-n', 'graphs', consent);
    const status = await journey.when(namespace, 'of-set', succeeded(1), { withinMs: 40_000 });
    expect(status.history?.[0]?.databases?.map(({ name }) => name).sort()).toEqual(['neo4j', 'system']);
    const { history } = await journey.when(namespace, 'when-created', succeeded(1));
    expect(history?.[0]).toMatchObject({ trigger: 'Event', event: 'TargetCreated' });
  });

  test('a database that comes online and an edit of the spec start a run each', async () => {
    const triggers = [{ on: 'DatabaseCreated' }, { on: 'SpecChanged', backupType: 'FULL' }];
    await journey.apply(namespace, 'by-events', { ...once(bucket('backups')), triggers });
    await journey.when(namespace, 'by-events', succeeded(1));
    await makeDatabase(journey.cluster, { namespace, object: 'orders', clusterRef: 'prod' });
    const { history: one } = await journey.when(namespace, 'by-events', succeeded(2));
    expect(one?.[0]).toMatchObject({ event: 'DatabaseCreated' });
    expect(one?.[0]?.databases?.map(({ name }) => name)).toContain('orders');
    const edit = JSON.stringify({ spec: { options: { compress: false } } });
    await journey.kubectl.ok('patch', 'n4jb', 'by-events', '-n', namespace, '--type', 'merge', '-p', edit);
    const { history: two } = await journey.when(namespace, 'by-events', succeeded(3));
    expect(two?.[0]).toMatchObject({ event: 'SpecChanged', type: 'FULL' });
    await journey.kubectl.ok('delete', 'neo4jdatabase', 'orders', '-n', namespace);
  });

  test('nights pass by the clock of the cluster: a FULL, a DIFF, and what retention no longer wants goes', async () => {
    const { clock } = journey.cluster;
    const first = slotAfter(clock.now());
    clock.set(new Date(first.getTime() - 600_000));
    await journey.apply(namespace, 'nightly', {
      ...once(bucket('backups')),
      schedule: '0 2 * * *',
      options: { maxChainLength: 2 },
      retention: { maxCount: 1, maxDeletePercent: 100 },
    });
    await journey.when(namespace, 'nightly', ({ phase }) => phase === 'Scheduled');
    for (let night = 0; night < 3; night += 1) {
      await prod.commit('neo4j', 2);
      clock.set(new Date(first.getTime() + night * day));
      await journey.when(
        namespace,
        'nightly',
        (status) =>
          succeeded(night + 1)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-'),
        { withinMs: 90_000, saying: `night ${night} and its retention` },
      );
    }
    const { history = [], retention } = await journey.status(namespace, 'nightly');
    expect(history.map(({ type }) => type)).toEqual(['FULL', 'DIFF', 'FULL']);
    expect(retention).toMatchObject({ kept: 1, removed: 4 });
    const store = await openBucket(journey.cluster, 'backups');
    const { manifests } = await contentsOf(store, `${namespace}/nightly`);
    expect(manifests.map(({ database, type }) => `${database} ${type}`).sort()).toEqual(['neo4j FULL', 'system FULL']);
    expect(await disagreements(store, `${namespace}/nightly`)).toEqual([]);
  });

  test('what belongs to a backup goes with it, its artifacts stay', async () => {
    const store = await openBucket(journey.cluster, 'backups');
    const before = await contentsOf(store, `${namespace}/once`);
    await journey.kubectl.ok('delete', 'n4jb', 'once', '-n', namespace, '--timeout=60s');
    const kinds = 'jobs,pods,sa,role,rolebinding';
    await expect
      .poll(() => journey.kubectl.ok('get', kinds, '-n', namespace, '-o', 'name'), { timeout: 60_000 })
      .not.toContain('/once-backup');
    expect((await contentsOf(store, `${namespace}/once`)).artifacts).toEqual(before.artifacts);
  });

  test('the services did all this with the rights of their own accounts, and lack the others', async () => {
    const refused = journey.cluster.api.passed.filter(({ status }) => status === 401 || status === 403);
    expect(refused.map(({ method, path, status }) => `${status} ${method} ${path}`)).toEqual([]);
    const ofSecrets = journey.cluster.api.passed.filter(({ path }) => path.includes('/secrets'));
    expect(ofSecrets.filter(({ method, path }) => method !== 'GET' || path.endsWith('/secrets'))).toEqual([]);
    expect(ofSecrets.length).toBeGreaterThan(0);
    for (const name of serviceNames) {
      const client = new ApiClient({ ...journey.cluster.access, token: journey.cluster.serviceTokens?.[name] ?? '' });
      await expect(client.get('/api/v1/nodes')).rejects.toMatchObject({ status: 403 });
      client.close();
    }
  });
});

interface PodSpec {
  readonly volumes?: readonly object[];
}

function once(storage: object): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage };
}

/** The next 02:00 UTC that is at least an hour away. */
function slotAfter(at: Date): Date {
  const slot = new Date(at);
  slot.setUTCHours(2, 0, 0, 0);
  return slot.getTime() > at.getTime() + 3_600_000 ? slot : new Date(slot.getTime() + day);
}
