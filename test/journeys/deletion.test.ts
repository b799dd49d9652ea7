import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '@holdfast/storage';
import { annotations, eraseFinalizer } from '@holdfast/types';
import { until } from '../until.ts';
import { openBucket, openClaim } from './contents.ts';
import { backupsOf, bucket, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
const places = {
  'in-bucket': bucket('erased'),
  'in-claim': { type: 'pvc', pvc: { name: 'erased', size: '1Gi' } },
} as const;
type Name = keyof typeof places;

describe.skipIf(!program)('deleting a backup', { concurrent: false }, () => {
  let journey: Journey;
  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('erased');
    await journey.namespace(namespace);
    await journey.kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    await journey.target({ name: 'prod', namespace });
  });
  afterAll(() => journey?.stop());

  test.each(Object.keys(places) as Name[])(
    'leaves its data where it is, %s, unless its spec says otherwise',
    async (name) => {
      await apply(name, 'Retain');
      await journey.when(namespace, name, succeeded(1));
      expect((await journey.cluster.client.get<Held>(path(name))).metadata.finalizers ?? []).toEqual([]);
      const before = await keysOf(name);
      expect(before.filter((key) => key.startsWith('manifests/'))).toHaveLength(2);
      await remove(name);
      expect(await keysOf(name)).toEqual(before);
    },
  );

  test.each(Object.keys(places) as Name[])(
    'takes its data along, %s, what an earlier object of its name left too',
    async (name) => {
      await (await storeOf(name)).create(`${namespace}/${name}/notes of a person.txt`, Buffer.from('keep me'));
      await apply(name, 'Delete');
      await journey.when(namespace, name, succeeded(1));
      expect((await journey.cluster.client.get<Held>(path(name))).metadata.finalizers).toEqual([eraseFinalizer]);
      expect((await keysOf(name)).filter((key) => key.startsWith('manifests/'))).toHaveLength(4);
      await remove(name);
      expect(await keysOf(name)).toEqual(['notes of a person.txt']);
      const told = (await journey.events(namespace, name)).filter(({ reason }) => reason === 'DataErased');
      expect(told).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/objects with .* were erased; 1 that/) }),
      ]);
      const jobs = await journey.kubectl.ok('get', 'jobs', '-n', namespace, '-o', 'name');
      expect(jobs).not.toContain(`${name}-`);
    },
  );

  test('waits while its store does not answer, and is let go when a person says so', async () => {
    await apply('in-bucket', 'Delete');
    await journey.when(namespace, 'in-bucket', succeeded(1));
    const { faults } = journey.cluster.stores.s3;
    const lift = faults.always({ kind: 'status', status: 503 });
    await journey.kubectl.ok('delete', 'n4jb', 'in-bucket', '-n', namespace, '--wait=false');
    const status = await journey.when(namespace, 'in-bucket', ({ erase }) => erase?.done === false, {
      withinMs: 120_000,
    });
    expect(status.erase).toMatchObject({
      reason: 'StorageUnreachable',
      message: expect.stringContaining(annotations.forceDelete),
    });
    await journey.kubectl.ok('annotate', 'n4jb', 'in-bucket', '-n', namespace, `${annotations.forceDelete}=true`);
    await until(async () => (await journey.cluster.client.find(path('in-bucket'))) === undefined, {
      saying: 'the end of it',
    });
    lift();
    const told = (await journey.events(namespace, 'in-bucket')).filter(({ reason }) => reason === 'DataLeft');
    expect(told).toEqual([
      expect.objectContaining({ type: 'Warning', message: expect.stringContaining('stays in its store') }),
    ]);
    expect((await keysOf('in-bucket')).filter((key) => key.startsWith('manifests/'))).toHaveLength(2);
  });

  test('ends the run that is under way, and leaves nothing that its pod still wrote', async () => {
    await apply('in-bucket', 'Delete', { schedule: '0 2 * * *' });
    await journey.kubectl.ok('annotate', 'n4jb', 'in-bucket', '-n', namespace, `${annotations.run}=now`);
    await journey.when(namespace, 'in-bucket', ({ activeRun }) => activeRun?.phase === 'Starting');
    await remove('in-bucket');
    expect(await keysOf('in-bucket')).toEqual(['notes of a person.txt']);
    expect(await journey.kubectl.ok('get', 'jobs,pods', '-n', namespace, '-o', 'name')).not.toContain('in-bucket-');
  });

  interface Held {
    readonly metadata: { readonly finalizers?: readonly string[] };
  }

  function path(name: string): string {
    return `${backupsOf(namespace)}/${name}`;
  }

  function apply(name: Name, onDelete: string, more: object = {}): Promise<void> {
    const target = { kind: 'Cluster', name: 'prod' };
    return journey.apply(namespace, name, { target, storage: places[name], retention: { onDelete }, ...more });
  }

  async function remove(name: string): Promise<void> {
    await journey.kubectl.ok('delete', 'n4jb', name, '-n', namespace, '--timeout=60s');
    await until(async () => (await journey.cluster.client.find(path(name))) === undefined, {
      saying: `the end of ${name}`,
    });
  }

  async function storeOf(name: Name): Promise<ObjectStore> {
    const { cluster } = journey;
    return name === 'in-bucket' ? openBucket(cluster, 'erased') : openClaim(cluster, namespace, 'erased');
  }

  async function keysOf(name: Name): Promise<string[]> {
    const folder = `${namespace}/${name}/`;
    const keys = await Array.fromAsync((await storeOf(name)).list(folder), ({ key }) => key.slice(folder.length));
    return keys.toSorted();
  }
});
