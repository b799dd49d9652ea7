import { resources, type Kube } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { labels, managedBy } from '@holdfast/types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aWorld, namespace, putBackup } from '../../../packages/access/src/a-world.ts';
import { watchWorld } from './world.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

test('a change of a backup, of its Job or of a target says only where to look again', async () => {
  const cluster = aWorld({ spec: { schedule: '0 2 * * *' } });
  const said: string[] = [];
  const clock = { now: cluster.now, sleepUntil: () => new Promise<void>(() => {}) };
  const world = watchWorld(cluster.kube, {
    signal: stop.signal,
    clock,
    log: openLog('watcher', clock, { destination: { write() {} } }),
    changes: {
      onBackup: (key, current) => said.push(`backup ${key}${current ? '' : ' is gone'}`),
      onJob: (key) => said.push(`job of ${key}`),
      onTarget: (where) => said.push(`target in ${where}`),
    },
  });
  await world.synced;
  expect(said.toSorted()).toEqual(['backup neo4j/nightly', 'target in neo4j']);
  said.length = 0;

  const marks = { [labels.managedBy]: managedBy, [labels.backup]: 'nightly' };
  const job = cluster.kube.put(resources.jobs, { metadata: { namespace, name: 'nightly-backup', labels: marks } });
  cluster.kube.put(resources.jobs, { metadata: { namespace, name: 'foreign' } });
  await vi.waitFor(() => expect(said).toEqual(['job of neo4j/nightly']));
  expect(world.observe('neo4j/nightly')).toMatchObject({
    backup: { key: { name: 'nightly' } },
    job: { uid: job.metadata.uid },
  });
  said.length = 0;

  const [target] = cluster.kube.all(resources.clusters);
  const conditions = [{ type: 'Ready', status: 'False' }];
  if (target) cluster.kube.put(resources.clusters, { ...target, status: { ...target.status, conditions } });
  await vi.waitFor(() => expect(said).toEqual(['target in neo4j']));
  said.length = 0;

  putBackup(cluster.kube, { name: 'second' });
  await vi.waitFor(() => expect(said).toEqual(['backup neo4j/second']));
  expect([...world.backups()]).toHaveLength(2);
  await cluster.kube.remove(resources.backups, { namespace, name: 'second' }, { propagation: 'Background' });
  await vi.waitFor(() => expect(said).toEqual(['backup neo4j/second', 'backup neo4j/second is gone']));
  expect(world.observe('neo4j/second')).toBeUndefined();
});

test('a watcher of one namespace asks for nothing outside it, which it may not be allowed to see', async () => {
  const cluster = aWorld({ spec: { schedule: '0 2 * * *' } });
  const asked: (string | undefined)[] = [];
  const kube: Kube = {
    ...cluster.kube,
    listPage(type, options, signal) {
      asked.push(options?.namespace);
      return cluster.kube.listPage(type, options, signal);
    },
    watch(type, options, signal) {
      asked.push(options.namespace);
      return cluster.kube.watch(type, options, signal);
    },
  };
  const clock = { now: cluster.now, sleepUntil: () => new Promise<void>(() => {}) };
  const log = openLog('watcher', clock, { destination: { write() {} } });
  const changes = { onBackup() {}, onJob() {}, onTarget() {} };
  const world = watchWorld(kube, { namespace, signal: stop.signal, clock, log, changes });
  await world.synced;
  expect([...world.backups()]).toHaveLength(1);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(10)); // five kinds, listed and watched
  expect(new Set(asked)).toEqual(new Set([namespace]));
});

test('what triggers look at is seen only for those who have some, plain workloads included', async () => {
  const triggers = [{ on: 'TargetUpgrade' }];
  const cluster = aWorld({ spec: { triggers } });
  putBackup(cluster.kube, { name: 'without' });
  const target = { 'neo4j.neo4j.com/target': 'statefulset/graph' };
  putBackup(cluster.kube, { name: 'of-set', spec: { triggers }, annotations: target });
  const containers = [{ name: 'neo4j', image: 'neo4j:5.26.4' }];
  const template = { spec: { containers } };
  cluster.kube.put(resources.statefulSets, { metadata: { namespace, name: 'graph' }, spec: { template } });
  const clock = { now: cluster.now, sleepUntil: () => new Promise<void>(() => {}) };
  const log = openLog('watcher', clock, { destination: { write() {} } });
  const changes = { onBackup() {}, onJob() {}, onTarget() {} };
  const world = watchWorld(cluster.kube, { signal: stop.signal, clock, log, changes });
  await world.synced;
  const image = (name: string) => world.observe(`neo4j/${name}`)?.target?.host.image;
  expect(image('nightly')).toBe('neo4j:5.26-enterprise');
  expect(image('without')).toBeUndefined();
  await vi.waitFor(() => expect(image('of-set')).toBe('neo4j:5.26.4'));
});
