import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installRelease, type ReleaseWish } from '../neo4j/chart-release.ts';
import { contentsOf, openBucket } from './contents.ts';
import { bucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
/** Shorter than the minute after which a worker would look again by itself: whoever starts within it was told. */
const byEvent = { withinMs: 40_000 };
const consent = 'neo4j.neo4j.com/allow-backups-from';

describe.skipIf(!program)('a target without an operator', { concurrent: false }, () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('workloads');
    await Promise.all([namespace, 'elsewhere'].map((name) => journey.namespace(name)));
  });
  afterAll(() => journey?.stop());

  test('a StatefulSet of the Helm chart is waited for, and backed up as soon as its server is ready', async () => {
    await back('of-set', 'statefulset/server-1');
    await waits('of-set', 'TargetNotFound', /StatefulSet "server-1" does not exist in namespace "neo4j"; create it/);
    await install({ name: 'server-1', dbms: 'graph' });
    const status = await journey.when(namespace, 'of-set', succeeded(1), byEvent);
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    expect(status.history?.[0]?.databases?.map(({ name }) => name).sort()).toEqual(['neo4j', 'system']);
    expect(await versionsOf('of-set')).toEqual(['5.26.0']);
    const podIP = await journey.kubectl.ok(
      'get',
      'pod',
      'server-1-0',
      '-n',
      namespace,
      '-o',
      'jsonpath={.status.podIP}',
    );
    expect(await journey.kubectl.ok('logs', 'job/of-set-backup', '-n', namespace)).toContain(
      `Using remote server ${podIP}:6362`,
    );
  });

  test('a Service leads to the servers of several releases, of which one is enough', async () => {
    await journey.cluster.client.create(`/api/v1/namespaces/${namespace}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'films-lb', namespace },
      spec: { selector: { 'helm.neo4j.com/neo4j.name': 'films' }, ports: [{ name: 'tcp-bolt', port: 7687 }] },
    });
    await install({ name: 'films-1', dbms: 'films', ready: false });
    await back('of-service', 'service/films-lb');
    await waits(
      'of-service',
      'TargetNotReady',
      /none of the \d pods of Service "films-lb" in namespace "neo4j" is ready/,
    );
    await install({ name: 'films-2', dbms: 'films' });
    await journey.when(namespace, 'of-service', succeeded(1), byEvent);
    const job = await journey.kubectl.ok('get', 'job', 'of-service-backup', '-n', namespace, '-o', 'json');
    expect(job).toMatch(/\\"from\\":\[\\"127\.[\d.]+:6362\\"\]/);
  });

  test('an image that says no version is asked for it', async () => {
    await install({ name: 'pinned', image: `neo4j@sha256:${'0f'.repeat(32)}` });
    await back('of-digest', 'statefulset/pinned');
    await journey.when(namespace, 'of-digest', succeeded(1));
    expect(await versionsOf('of-digest')).toEqual(['2026.03.0']);
  });

  test('a workload of another namespace has to agree, and is not told of before', async () => {
    await back('of-foreign', 'statefulset/theirs', 'elsewhere');
    const sentence = new RegExp(`StatefulSet "theirs" in namespace "elsewhere" does not exist or does not allow`);
    await waits('of-foreign', 'TargetConsentMissing', sentence);
    await install({ name: 'theirs', namespace: 'elsewhere', annotations: { [consent]: 'shop' } });
    await waits('of-foreign', 'TargetConsentMissing', sentence);
    await journey.kubectl.ok(
      'annotate',
      'statefulset',
      'theirs',
      '-n',
      'elsewhere',
      '--overwrite',
      `${consent}=${namespace}`,
    );
    await journey.when(namespace, 'of-foreign', succeeded(1), byEvent);
  });

  async function install(wish: Partial<ReleaseWish> & { name: string }): Promise<void> {
    await installRelease({ namespace, ...wish }, { ...journey.cluster, makesPods: false });
  }

  async function back(name: string, workload: string, elsewhere?: string): Promise<void> {
    const target = { kind: 'Cluster', name: 'graph', ...(elsewhere && { namespace: elsewhere }) };
    const annotations = { 'neo4j.neo4j.com/target': workload };
    await journey.apply(namespace, name, { target, storage: bucket('workloads') }, annotations);
  }

  async function waits(name: string, reason: string, sentence: RegExp): Promise<void> {
    const status = await journey.when(namespace, name, ({ activeRun }) => activeRun?.waitingFor?.reason === reason);
    expect(status.message).toMatch(sentence);
  }

  async function versionsOf(name: string): Promise<string[]> {
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'workloads'), `${namespace}/${name}`);
    return [...new Set(manifests.map(({ engineVersion }) => engineVersion))];
  }
});
