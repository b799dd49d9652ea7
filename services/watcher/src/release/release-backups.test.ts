import { memoryKube, resources, type Kube } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { eraseFinalizer } from '@holdfast/types';
import { beforeEach, expect, test } from 'vitest';
import { releaseBackups } from './release-backups.ts';

const log = openLog('release', { now: () => new Date() }, { destination: { write() {} } });
const signal = AbortSignal.timeout(60_000);
const foreign = 'example.com/keep';
let kube: Kube;
beforeEach(() => {
  kube = memoryKube();
});

async function declare(name: string, finalizers: string[], namespace = 'neo4j'): Promise<void> {
  const draft = {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { namespace, name, finalizers },
  };
  await kube.create(resources.backups, { ...draft, spec: { target: { kind: 'Cluster', name: 'prod' } } });
}

const finalizersOf = async (name: string, namespace = 'neo4j') =>
  (await kube.get(resources.backups, { namespace, name }))?.metadata.finalizers ?? [];

const released = (options: { namespace?: string; pause?: () => Promise<void>; through?: Kube } = {}) =>
  releaseBackups(options.through ?? kube, { log, signal, pause: async () => {}, ...options });

test('every backup is let go of, in all namespaces, and finalizers of others stay', async () => {
  await declare('held', [eraseFinalizer]);
  await declare('both', [foreign, eraseFinalizer], 'shop');
  await declare('free', []);
  expect(await released()).toBe(2);
  expect([await finalizersOf('held'), await finalizersOf('both', 'shop')]).toEqual([[], [foreign]]);
});

test('one that was being deleted goes', async () => {
  await declare('leaving', [eraseFinalizer]);
  const backup = await kube.get(resources.backups, { namespace: 'neo4j', name: 'leaving' });
  await kube.remove(
    resources.backups,
    { namespace: 'neo4j', name: 'leaving' },
    {
      uid: backup?.metadata.uid ?? '',
      propagation: 'Background',
    },
  );
  expect(await finalizersOf('leaving')).toEqual([eraseFinalizer]);
  await released();
  expect(await kube.get(resources.backups, { namespace: 'neo4j', name: 'leaving' })).toBeUndefined();
});

test('in one namespace nothing else is touched', async () => {
  await declare('held', [eraseFinalizer]);
  await declare('elsewhere', [eraseFinalizer], 'shop');
  expect(await released({ namespace: 'neo4j' })).toBe(1);
  expect(await finalizersOf('elsewhere', 'shop')).toEqual([eraseFinalizer]);
});

test('what a watcher on its way out marks again is released again, and a changed object by the next look', async () => {
  await declare('held', [eraseFinalizer]);
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
    if (pauses > 1) return;
    await kube.mergePatch(
      resources.backups,
      { namespace: 'neo4j', name: 'held' },
      { metadata: { finalizers: [eraseFinalizer] } },
    );
  };
  let conflicts = 1;
  const through: Kube = {
    ...kube,
    list: (...given) => kube.list(...given),
    mergePatch: async (...given) => (conflicts-- > 0 ? 'conflict' : kube.mergePatch(...given)),
  };
  await released({ pause, through });
  expect([await finalizersOf('held'), pauses]).toEqual([[], 2]);
});
