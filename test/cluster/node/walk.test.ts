import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { contentsOf, disagreements, openBucket } from '../../journeys/contents.ts';
import { bucket, condition, journeyOn, succeeded, type Journey } from '../../journeys/journey.ts';
import { until } from '../../until.ts';
import { kubernetes } from '../real/kubernetes.ts';
import { serviceNames, serviceNamespace } from '../services/service-specs.ts';
import { release } from './install-chart.ts';
import { nodeIsPossible } from './possible.ts';
import { startNodeCluster, type NodeCluster } from './start-node-cluster.ts';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly securityContext?: { readonly runAsNonRoot?: boolean };
      readonly containers: readonly {
        readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean; readonly runAsNonRoot?: boolean };
      }[];
    };
  }[];
}

const namespace = 'neo4j';
const minutely = '* * * * *';

describe.skipIf(!nodeIsPossible())('the chart on a node, with our images', { concurrent: false }, () => {
  let journey: Journey<NodeCluster>;

  beforeAll(async () => {
    const cluster = await startNodeCluster({ kind: 'node', quiet: true });
    journey = journeyOn(cluster, builtModule(kubernetes, 'kubectl') ?? '');
    await cluster.stores.s3.makeBucket('backups');
    await journey.namespace(namespace);
    await journey.target({ name: 'prod', namespace, primaries: 1, secondaries: 1 });
  }, 600_000);
  afterAll(() => journey?.stop());

  test('every pod of the product runs as nobody, with a root that it cannot write', async () => {
    const { items } = await journey.cluster.client.get<PodList>(`/api/v1/namespaces/${serviceNamespace}/pods`);
    const names = items.map(({ metadata }) => metadata.name);
    for (const service of [...serviceNames, 'redis'])
      expect(names.some((name) => name.startsWith(`${release}-${service}-`))).toBe(true);
    for (const { metadata, spec } of items) {
      expect(spec.securityContext?.runAsNonRoot, metadata.name).toBe(true);
      for (const { securityContext } of spec.containers)
        expect(securityContext?.readOnlyRootFilesystem, metadata.name).toBe(true);
    }
    expect(await journey.cluster.node.usersOf(serviceNamespace)).not.toContain(0);
  });

  test('a one-shot backup goes to the bucket, from a secondary, and its artifacts are what its manifests say', async () => {
    await journey.apply(namespace, 'once', once(bucket('backups')));
    const status = await journey.when(namespace, 'once', succeeded(1), { withinMs: 120_000 });
    expect(status).toMatchObject({ phase: 'Completed' });
    expect(status.history?.[0]).toMatchObject({ type: 'FULL' });
    const store = await openBucket(journey.cluster, 'backups');
    expect(await disagreements(store, `${namespace}/once`)).toEqual([]);
    const { manifests } = await contentsOf(store, `${namespace}/once`);
    expect(manifests.map(({ database }) => database).toSorted()).toEqual(['neo4j', 'system']);
  });

  test('kubectl shows what the reference shows: the table, the description, the history and the log', async () => {
    const { kubectl } = journey;
    const table = await kubectl.ok('get', 'neo4jbackups', '-n', namespace, '-o', 'wide');
    const [header = '', row = ''] = table.split('\n');
    for (const column of ['NAME', 'TARGET', 'SCHEDULE', 'LASTRUN', 'PHASE', 'SIZE', 'STORAGE', 'MESSAGE'])
      expect(header).toContain(column);
    expect(row).toMatch(/^once +prod +.* +Completed /);
    const described = await kubectl.ok('describe', 'neo4jbackup', 'once', '-n', namespace);
    for (const words of ['BackupCompleted', 'Status:', 'Phase:', 'Completed']) expect(described).toContain(words);
    const history = await kubectl.ok(
      'get',
      'neo4jbackup',
      'once',
      '-n',
      namespace,
      '-o',
      'jsonpath={.status.history[*]}',
    );
    expect(JSON.parse(history)).toMatchObject({ status: 'Succeeded', type: 'FULL' });
    expect(await kubectl.ok('logs', 'job/once-backup', '-n', namespace)).toMatch(/holdfast: run/);
  });

  test('the pod of a backup is nobody too, and its rights are its own', async () => {
    const { kubectl } = journey;
    const pods = JSON.parse(
      await kubectl.ok('get', 'pods', '-n', namespace, '-l', 'job-name=once-backup', '-o', 'json'),
    ) as PodList;
    expect(pods.items).toHaveLength(1);
    for (const { spec } of pods.items)
      for (const { securityContext } of spec.containers) expect(securityContext?.readOnlyRootFilesystem).toBe(true);
    const kinds = 'serviceaccounts,roles,rolebindings';
    const made = await kubectl.ok('get', kinds, '-n', namespace, '-o', 'name');
    expect(made.split('\n').filter((name) => name.endsWith('/once-backup'))).toHaveLength(3);
  });

  test('a claim is made, bound by the provisioner, and filled', async () => {
    await journey.apply(
      namespace,
      'claimed',
      once({ type: 'pvc', pvc: { size: '5Gi', storageClassName: 'fast-ssd' } }),
    );
    const status = await journey.when(namespace, 'claimed', succeeded(1), { withinMs: 120_000 });
    expect(status).toMatchObject({ phase: 'Completed' });
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    const claim = await journey.kubectl.ok('get', 'pvc', 'claimed-backups', '-n', namespace, '-o', 'json');
    expect(JSON.parse(claim)).toMatchObject({ status: { phase: 'Bound' } });
  });

  test('a schedule runs by the minute, keeps what retention says, and rests while it is suspended', async () => {
    const spec = {
      ...once(bucket('backups')),
      schedule: minutely,
      retention: { maxCount: 1, maxDeletePercent: 100 },
      options: { backupType: 'FULL' },
    };
    await journey.apply(namespace, 'often', spec);
    await journey.when(namespace, 'often', ({ phase }) => phase === 'Scheduled');
    const status = await journey.when(
      namespace,
      'often',
      (now) => (now.history ?? []).length >= 2 && (now.retention?.removed ?? 0) > 0 && !now.activeRun,
      { withinMs: 240_000, saying: 'two runs by the minute, and retention after them' },
    );
    expect(status.retention).toMatchObject({ kept: 1 });
    await journey.kubectl.ok(
      'patch',
      'neo4jbackup',
      'often',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"suspend":true}}',
    );
    const suspended = await journey.when(namespace, 'often', (now) => now.phase === 'Suspended' && !now.activeRun);
    expect(suspended.nextRunTime).toBeUndefined();
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'backups'), `${namespace}/often`);
    expect(manifests.map(({ database }) => database).toSorted()).toEqual(['neo4j', 'system']);
  }, 360_000);

  test('workers are scaled from one to five to none and back, and Redis is deleted, while ten backups run: ten succeed, none twice', async () => {
    const { kubectl, cluster } = journey;
    const scale = (replicas: number) =>
      kubectl.ok('scale', 'deployment', `${release}-worker`, '-n', serviceNamespace, `--replicas=${replicas}`);
    const names = Array.from({ length: 10 }, (_, index) => `scaled-${index}`);
    const done = async () => {
      const all = await Promise.all(names.map((name) => journey.status(namespace, name).catch(() => undefined)));
      return all.filter((status) => status && succeeded(1)(status)).length;
    };
    await scale(1);
    for (const name of names) await journey.apply(namespace, name, once(bucket('backups')));
    await until(async () => (await done()) >= 1, { withinMs: 120_000, saying: 'a first backup by one worker' });
    await scale(5);
    await until(async () => (await done()) >= 3, { withinMs: 180_000, saying: 'three backups by five workers' });
    await kubectl.ok(
      'delete',
      'pod',
      '-n',
      serviceNamespace,
      '-l',
      'app.kubernetes.io/component=redis',
      '--wait=false',
    );
    await scale(0);
    await until(
      async () => {
        const pods = await kubectl.ok(
          'get',
          'pods',
          '-n',
          serviceNamespace,
          '-l',
          'app.kubernetes.io/component=worker',
          '-o',
          'name',
        );
        return pods.trim() === '';
      },
      { withinMs: 120_000, saying: 'the end of every worker' },
    );
    await scale(2);
    await until(async () => (await done()) === names.length, { withinMs: 300_000, saying: 'ten backups' });
    for (const name of names) {
      const { history = [] } = await journey.status(namespace, name);
      expect(
        history.map(({ status }) => status),
        name,
      ).toEqual(['Succeeded']);
      const store = await openBucket(cluster, 'backups');
      expect(await disagreements(store, `${namespace}/${name}`), name).toEqual([]);
    }
    const { items } = await cluster.client.get<{ items: { metadata: { name: string } }[] }>(
      `/apis/batch/v1/namespaces/${namespace}/jobs`,
    );
    for (const name of names)
      expect(
        items.filter(({ metadata }) => metadata.name.startsWith(`${name}-backup`)),
        name,
      ).toHaveLength(1);
  }, 900_000);

  test('uninstalled, it leaves the definition, the backups and their artifacts', async () => {
    const { cluster, kubectl } = journey;
    const before = await contentsOf(await openBucket(cluster, 'backups'), `${namespace}/once`);
    await cluster.uninstall();
    expect(await kubectl.ok('get', 'deployments', '-n', serviceNamespace, '-o', 'name')).toBe('');
    expect(await kubectl.ok('get', 'neo4jbackup', 'once', '-n', namespace, '-o', 'name')).toMatch('/once');
    expect(await contentsOf(await openBucket(cluster, 'backups'), `${namespace}/once`)).toEqual(before);
  });
});

function once(storage: object): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage };
}
