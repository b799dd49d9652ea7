import { backupFacts } from '@holdfast/core';
import { resources, type Kube, type MemoryKube } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import type { ActiveRun } from '@holdfast/types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anAdmittedRun, aWorld, namespace, type World } from '../../../packages/access/src/a-world.ts';
import { watchWorkloads, type Workloads } from './workloads.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const annotations = { 'neo4j.neo4j.com/target': 'statefulset/graph' };
const waitingFor = { reason: 'TargetNotReady', message: 'not yet', since: '2026-03-01T02:00:00Z' };
const name = 'neo4j/nightly';

/** Workloads of a world, what was asked of its API, and which namespaces were told of. */
function watching(world: World, only?: string): { workloads: Workloads; asked: string[]; told: string[] } {
  const asked: string[] = [];
  const told: string[] = [];
  const kube: Kube = {
    ...world.kube,
    watch(type, options, signal) {
      asked.push(`${type.plural} in ${options.namespace}`);
      return world.kube.watch(type, options, signal);
    },
  };
  const clock = { now: world.now, sleepUntil: () => new Promise<void>(() => {}) };
  const log = openLog('watcher', clock, { destination: { write() {} } });
  const onChange = (where: string) => void told.push(where);
  const workloads = watchWorkloads(kube, { namespace: only, signal: stop.signal, clock, log, onChange });
  return { workloads, asked, told };
}

function facts(world: World, told: { run?: Partial<ActiveRun>; spec?: object } = {}) {
  const backup = world.backup();
  const status = told.run && { activeRun: anAdmittedRun(told.run) };
  return backupFacts({ ...backup, spec: { ...backup.spec, ...told.spec }, ...(status && { status }) });
}

function putPod(kube: MemoryKube, ready: boolean): void {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  kube.put(resources.pods, {
    metadata: { namespace, name: 'graph-0' },
    spec: { containers: [] },
    status: { conditions },
  });
}

test('pods and workloads are watched while a run waits for one of them, and no longer', async () => {
  const world = aWorld({ annotations });
  const { workloads, asked, told } = watching(world);
  putPod(world.kube, false);
  workloads.follow(name, facts(world));
  workloads.follow(name, facts(world, { run: {} }));
  workloads.follow('neo4j/other', facts(aWorld(), { run: { waitingFor } }));
  expect(asked).toEqual([]);

  workloads.follow(name, facts(world, { run: { waitingFor } }));
  await vi.waitFor(() =>
    expect(asked.toSorted()).toEqual(['pods', 'services', 'statefulsets'].map((each) => `${each} in neo4j`)),
  );
  await vi.waitFor(() => expect(told).toEqual(['neo4j']));
  putPod(world.kube, true);
  await vi.waitFor(() => expect(told).toEqual(['neo4j', 'neo4j']));

  workloads.follow(name, facts(world, { run: {} }));
  putPod(world.kube, false);
  workloads.follow(name, facts(world, { run: { waitingFor } }));
  await vi.waitFor(() => expect(asked).toHaveLength(6));
  await vi.waitFor(() => expect(told).toHaveLength(3));
  workloads.follow(name, undefined);
});

test('two that wait in one namespace share what is watched, until the last is served', async () => {
  const world = aWorld({ annotations });
  const { workloads, asked, told } = watching(world);
  const waiting = facts(world, { run: { waitingFor } });
  workloads.follow(name, waiting);
  workloads.follow('neo4j/second', waiting);
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  workloads.follow(name, undefined);
  putPod(world.kube, true);
  await vi.waitFor(() => expect(told).toEqual(['neo4j']));
  expect(asked).toHaveLength(3);
});

test('a watcher of one namespace does not look into another', () => {
  const world = aWorld({ annotations });
  const { workloads, asked } = watching(world, 'neo4j');
  const target = { kind: 'Cluster', name: 'graph', namespace: 'theirs' };
  workloads.follow(name, facts(world, { run: { waitingFor }, spec: { target } }));
  expect(asked).toEqual([]);
});
