import type { Status } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { bucket, condition, startJourney, succeeded, type Journey } from '../../journeys/journey.ts';
import { openBucket } from '../../journeys/contents.ts';
import { installRelease } from '../../neo4j/chart-release.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const namespace = 'neo4j';

describe.skipIf(!ready)('services that may look into one namespace only', { concurrent: false }, () => {
  let journey: Journey;

  beforeAll(async () => {
    const kubectl = builtModule(kubernetes, 'kubectl') ?? '';
    journey = await startJourney(kubectl, { kind: 'control-plane', onlyNamespace: namespace });
    await journey.cluster.stores.s3.makeBucket('backups');
    for (const each of [namespace, 'elsewhere']) await journey.namespace(each);
    await journey.target({ name: 'prod', namespace, kind: 'Neo4jEnterpriseStandalone' });
  }, 180_000);
  afterAll(() => journey?.stop());

  test('back up and retain there, and leave alone what is declared elsewhere', async () => {
    await journey.apply('elsewhere', 'unseen', once(bucket('backups')));
    const retention = { retention: { maxCount: 1 } };
    await journey.apply(namespace, 'seen', { ...once(bucket('backups')), ...retention });
    const status = await journey.when(
      namespace,
      'seen',
      (now) => succeeded(1)(now) && now.retention?.lastRunTime !== undefined,
      { saying: 'a backup and its retention' },
    );
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    expect(await journey.status('elsewhere', 'unseen')).toEqual({});
  });

  test('use a claim that nobody has bound yet', async () => {
    const pvc = { size: '1Gi', storageClassName: 'standard' };
    await journey.apply(namespace, 'claimed', once({ type: 'pvc', pvc }));
    expect(await journey.when(namespace, 'claimed', succeeded(1))).toMatchObject({ phase: 'Completed' });
  });

  test('are told of a plain workload there as soon as it can be backed up', async () => {
    const annotations = { 'neo4j.neo4j.com/target': 'statefulset/graph' };
    await journey.apply(namespace, 'of-set', once(bucket('backups')), annotations);
    await journey.when(namespace, 'of-set', waitsFor('TargetNotFound'));
    await installRelease({ name: 'graph', namespace }, { ...journey.cluster, makesPods: true });
    await journey.when(namespace, 'of-set', succeeded(1), { withinMs: 40_000 });
  });

  test('erase the data of a backup that is deleted, for which the watcher changes its finalizer and nothing else', async () => {
    const retention = { retention: { maxCount: 3, onDelete: 'Delete' } };
    await journey.apply(namespace, 'erased', { ...once(bucket('backups')), ...retention });
    await journey.when(namespace, 'erased', succeeded(1), { saying: 'a backup to erase' });
    const store = await openBucket(journey.cluster, 'backups');
    const keys = () => Array.fromAsync(store.list(`${namespace}/erased/`), ({ key }) => key);
    expect(await keys()).not.toEqual([]);
    await journey.kubectl.ok('delete', 'n4jb', 'erased', '-n', namespace, '--timeout=60s');
    expect(await keys()).toEqual([]);
    const changes = journey.cluster.api.passed.filter(
      ({ method, path }) => ['PATCH', 'PUT', 'POST', 'DELETE'].includes(method) && /\/neo4jbackups\/[^/]+$/.test(path),
    );
    expect(
      changes.map(({ method, path, status, agent }) => [method, path.split('/').at(-1), status, agent.split(' ')[0]]),
    ).toEqual([
      ['PATCH', 'erased', 200, 'holdfast-watcher'],
      ['PATCH', 'erased', 200, 'holdfast-watcher'],
    ]);
  });

  test('have asked for nothing that they may not have, but for how a claim is bound', () => {
    const refused = journey.cluster.api.passed.filter(({ status }) => status === 401 || status === 403);
    expect([...new Set(refused.map(({ method, path, status }) => `${status} ${method} ${path}`))]).toEqual([
      '403 GET /apis/storage.k8s.io/v1/storageclasses/standard',
    ]);
  });

  test('wait for a target elsewhere, and say what would have to change', async () => {
    const target = { kind: 'Cluster', name: 'prod', namespace: 'elsewhere' };
    const triggers = [{ on: 'TargetCreated' }];
    await journey.apply(namespace, 'abroad', { ...once(bucket('backups')), target, triggers });
    const { message } = await journey.when(namespace, 'abroad', waitsFor('ApiDenied'));
    expect(message).toMatch(/may not look at targets in namespace "elsewhere" .*; have it watch all namespaces/);
  });
});

function waitsFor(reason: string): (status: Status) => boolean {
  return ({ activeRun }) => activeRun?.waitingFor?.reason === reason;
}

function once(storage: object): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage };
}
