import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Control } from '../neo4j/control.ts';
import { contentsOf, openBucket } from './contents.ts';
import { bucket, condition, makeDatabase, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
/** Shorter than the minute after which a worker would look again by itself: whoever starts within it was told. */
const byEvent = { withinMs: 40_000 };

describe.skipIf(!program)('a target', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('targets');
    await Promise.all([namespace, 'elsewhere', 'empty'].map((name) => journey.namespace(name)));
    [prod] = await Promise.all([
      journey.target({ name: 'prod', namespace, primaries: 2, secondaries: 2, tag: '5.26-enterprise' }),
      journey.target({ name: 'alone', namespace, kind: 'Neo4jEnterpriseStandalone', tag: '2025.10-enterprise' }),
      journey.target({ name: 'newest', namespace, tag: '2026.03-enterprise' }),
      journey.target({ name: 'untold', namespace, tag: 'latest' }),
    ]);
    await makeDatabase(journey.cluster, { namespace, object: 'orders-db', clusterRef: 'prod', name: 'orders' });
  });
  afterAll(() => journey?.stop());

  test('a cluster is read from its secondaries, in every database', async () => {
    await back({ kind: 'Cluster', name: 'prod' }, 'of-cluster');
    expect(await databasesOf('of-cluster')).toEqual(['neo4j', 'orders', 'system']);
    const log = await journey.kubectl.ok('logs', 'job/of-cluster-backup', '-n', namespace);
    const used = [...log.matchAll(/Using remote server (\S+) for backup/g)].map(([, address = '']) => address);
    expect(used.length).toBeGreaterThanOrEqual(3);
    expect(used.filter((address) => !/^prod-server-[23]\.prod-headless\.neo4j\.svc/.test(address))).toEqual([]);
    expect(await versionsOf('of-cluster')).toEqual(['5.26.0']);
  });

  test('a target that is not ready is waited for, and its readiness starts the run', async () => {
    await prod.setServer('prod-server-0', { state: 'stopped' });
    await phaseOf('prod', (phase) => phase !== 'Ready');
    await journey.apply(namespace, 'patient', spec({ kind: 'Cluster', name: 'prod' }));
    await waits('patient', 'TargetNotReady', /"prod" in namespace "neo4j" is not ready \(phase "\w+"\)/);
    expect(await journey.kubectl.ok('get', 'jobs', '-n', namespace, '-o', 'name')).not.toContain('patient');
    await prod.setServer('prod-server-0', { state: 'up' });
    await journey.when(namespace, 'patient', succeeded(1), byEvent);
  });

  test('a standalone of 2025 and a cluster of 2026 are backed up by their own images', async () => {
    await Promise.all([
      back({ kind: 'Cluster', name: 'alone' }, 'of-standalone'),
      back({ kind: 'Cluster', name: 'newest' }, 'of-newest'),
    ]);
    expect(await versionsOf('of-standalone')).toEqual(['2025.10.0']);
    expect(await versionsOf('of-newest')).toEqual(['2026.03.0']);
    for (const [name, tag] of [
      ['of-standalone', '2025.10'],
      ['of-newest', '2026.03'],
    ])
      expect(
        await journey.kubectl.ok('get', 'job', `${name}-backup`, '-n', namespace, '-o', 'jsonpath={..image}'),
      ).toContain(`neo4j:${tag}-enterprise`);
  });

  test('a tag that says no version leaves it to the binary', async () => {
    await back({ kind: 'Cluster', name: 'untold' }, 'of-untold');
    expect(await versionsOf('of-untold')).toEqual(['2026.03.0']);
  });

  test('a database is found by the name of its object, by its own name, and in the cluster that is named', async () => {
    await Promise.all([
      back({ kind: 'Database', name: 'orders-db' }, 'by-object'),
      back({ kind: 'Database', name: 'orders' }, 'by-name'),
      back({ kind: 'Database', name: 'orders-db', clusterRef: 'prod' }, 'by-object-there'),
      back({ kind: 'Database', name: 'neo4j', clusterRef: 'alone' }, 'by-name-there'),
    ]);
    for (const name of ['by-object', 'by-name', 'by-object-there']) expect(await databasesOf(name)).toEqual(['orders']);
    expect(await databasesOf('by-name-there')).toEqual(['neo4j']);
  });

  test('a target that is not there yet is waited for, and its arrival starts the run', async () => {
    await journey.apply(namespace, 'early', spec({ kind: 'Cluster', name: 'late' }));
    await waits(
      'early',
      'TargetNotFound',
      /neither a Neo4jEnterpriseCluster nor a Neo4jEnterpriseStandalone named "late"/,
    );
    await journey.apply(namespace, 'early-database', spec({ kind: 'Database', name: 'films' }));
    await waits('early-database', 'TargetNotFound', /no Neo4jDatabase named "films"/);
    const jobs = await journey.kubectl.ok('get', 'jobs', '-n', namespace, '-o', 'name');
    expect(jobs).not.toContain('early');
    await journey.target({ name: 'late', namespace });
    await makeDatabase(journey.cluster, { namespace, object: 'films', clusterRef: 'late' });
    const status = await journey.when(namespace, 'early', succeeded(1), byEvent);
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    await journey.when(namespace, 'early-database', succeeded(1), byEvent);
    expect((await journey.events(namespace, 'early')).map(({ reason }) => reason)).toContain('BackupWaiting');
  });

  test('two databases of one name are not guessed at; when one is left, the run starts', async () => {
    const { cluster } = journey;
    await makeDatabase(cluster, { namespace, object: 'reports-a', clusterRef: 'prod', name: 'reports' });
    await makeDatabase(cluster, { namespace, object: 'reports-b', clusterRef: 'newest', name: 'reports' });
    await journey.apply(namespace, 'ambiguous', spec({ kind: 'Database', name: 'reports' }));
    await waits(
      'ambiguous',
      'TargetAmbiguous',
      /several Neo4jDatabase objects in namespace "neo4j" have spec.name "reports": reports-a, reports-b; set spec.target.clusterRef/,
    );
    await journey.kubectl.ok('delete', 'neo4jdatabase', 'reports-a', '-n', namespace);
    await journey.when(namespace, 'ambiguous', succeeded(1), byEvent);
    expect(await versionsOf('ambiguous')).toEqual(['2026.03.0']);
  });

  test('a foreign namespace is asked for consent', async () => {
    await journey.apply(namespace, 'foreign', spec({ kind: 'Cluster', name: 'theirs', namespace: 'elsewhere' }));
    const annotation = 'neo4j.neo4j.com/allow-backups-from';
    await waits(
      'foreign',
      'TargetConsentMissing',
      /"theirs" in namespace "elsewhere" does not exist or does not allow/,
    );
    await journey.target({ name: 'theirs', namespace: 'elsewhere' });
    await waits(
      'foreign',
      'TargetConsentMissing',
      new RegExp(`does not allow backups from "neo4j"; its owner has to annotate it with ${annotation}`),
    );
    const annotate = ['annotate', 'neo4jenterprisecluster', 'theirs', '-n', 'elsewhere', '--overwrite'];
    await journey.kubectl.ok(...annotate, `${annotation}=staging`);
    await waits('foreign', 'TargetConsentMissing', /./);
    await journey.kubectl.ok(...annotate, `${annotation}=staging, neo4j`);
    await journey.when(namespace, 'foreign', succeeded(1), byEvent);
    const pods = await journey.kubectl.ok('get', 'jobs', '-n', 'elsewhere', '-o', 'name');
    expect(pods).toBe('');
  });

  test('a version before 5.26 is refused by its name and number', async () => {
    await journey.target({ name: 'old', namespace, tag: '5.25-enterprise', ready: false });
    await journey.apply(namespace, 'too-old', spec({ kind: 'Cluster', name: 'old' }));
    await waits(
      'too-old',
      'TargetVersionUnsupported',
      /"old" runs Neo4j 5\.25-enterprise, and backups need 5\.26 or later/,
    );
    expect(await journey.kubectl.ok('get', 'jobs', '-n', namespace, '-o', 'name')).not.toContain('too-old');
  });

  async function back(target: object, name: string): Promise<void> {
    await journey.apply(namespace, name, spec(target));
    await journey.when(namespace, name, succeeded(1), { saying: `${name} succeeded` });
  }

  /** Waits with this reason, says so in status and to whoever looks at `kubectl get`. */
  async function waits(name: string, reason: string, sentence: RegExp): Promise<void> {
    const status = await journey.when(namespace, name, ({ activeRun }) => activeRun?.waitingFor?.reason === reason);
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason,
      message: expect.stringMatching(sentence),
    });
    expect(status.phase).toBe('Pending');
    expect(status.message).toMatch(sentence);
  }

  async function databasesOf(name: string): Promise<(string | undefined)[] | undefined> {
    const { history } = await journey.status(namespace, name);
    return history?.[0]?.databases?.map((one) => one.name).sort();
  }

  async function versionsOf(name: string): Promise<string[]> {
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'targets'), `${namespace}/${name}`);
    return [...new Set(manifests.map(({ engineVersion }) => engineVersion))];
  }

  async function phaseOf(name: string, fits: (phase: string) => boolean): Promise<void> {
    const path = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jenterpriseclusters/${name}`;
    await expect
      .poll(async () => fits((await journey.cluster.client.get<{ status: { phase: string } }>(path)).status.phase), {
        timeout: 30_000,
      })
      .toBe(true);
  }
});

function spec(target: object): object {
  return { target, storage: bucket('targets') };
}
