import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { startApiServer, type EmbeddedApiServer } from '../../cluster/embedded/server.ts';
import { ApiClient, type KubeObject } from '../../cluster/kubelet/api-client.ts';
import { clusterStateDir, StateFolder } from '../state/state-folder.ts';
import { type DatabaseObject, type ServerPod, type Target } from './objects.ts';
import { startOperator, type RunningOperator } from './start-operator.ts';

const crds = join(import.meta.dirname, '../../cluster/crds');
const group = '/apis/neo4j.neo4j.com/v1alpha1/namespaces/default';
let server: EmbeddedApiServer;
let api: ApiClient;
let operator: RunningOperator;
let stateDir: string;

beforeEach(async () => {
  server = await startApiServer();
  api = new ApiClient(server.url);
  for (const file of globSync('*.yaml', { cwd: crds })) {
    await api.create(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      parse(readFileSync(join(crds, file), 'utf8')),
    );
  }
  stateDir = mkdtempSync(join(tmpdir(), 'holdfast-operator-'));
  operator = startOperator({ kubeconfig: server.url, stateDir, storeBytes: 1000 });
  await until('the CRDs are served', async () => (await api.find(`${group}/neo4jdatabases`)) !== undefined);
});
afterEach(async () => {
  await operator.stop();
  api.close();
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function until(fact: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${fact}`);
    await sleep(20);
  }
}
const pods = async () =>
  (await api.get<{ items: ServerPod[] }>('/api/v1/namespaces/default/pods')).items.toSorted((a, b) =>
    a.metadata.name.localeCompare(b.metadata.name),
  );
const phaseOf = async (path: string) => (await api.get<Target | DatabaseObject>(`${group}/${path}`)).status?.phase;

/** Plays the kubelet: every pod that is not ready becomes so, every deleted one goes. */
async function playKubelet(): Promise<void> {
  for (const { metadata, status } of await pods()) {
    const path = `/api/v1/namespaces/default/pods/${metadata.name}`;
    if (metadata.deletionTimestamp) await api.delete(path, { gracePeriodSeconds: 0 });
    else if (!status?.conditions)
      await api.patch(`${path}/status`, {
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      });
  }
}
const untilPlaying = (fact: string, holds: () => Promise<boolean>) =>
  until(fact, async () => (await playKubelet(), holds()));

function cluster(tag = '5.26-enterprise'): unknown {
  const spec = { image: { repo: 'neo4j', tag }, topology: { primaries: 1, secondaries: 2 }, edition: 'enterprise' };
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseCluster',
    metadata: { name: 'prod', namespace: 'default' },
    spec,
  };
}

test('a cluster gets its servers, primaries first, and is Ready when they all are', async () => {
  await api.create(`${group}/neo4jenterpriseclusters`, cluster());
  await until('there are three pods', async () => (await pods()).length === 3);
  const made = await pods();
  expect(made.map(({ metadata }) => metadata.name)).toEqual(['prod-server-0', 'prod-server-1', 'prod-server-2']);
  expect(made.map(({ metadata }) => metadata.labels?.['neo4j.com/role'])).toEqual([
    'primary',
    'secondary',
    'secondary',
  ]);
  expect(made[0]).toMatchObject({
    spec: {
      hostname: 'prod-server-0',
      subdomain: 'prod-headless',
      containers: [{ name: 'neo4j', image: 'neo4j:5.26-enterprise' }],
    },
  });
  expect(await api.get('/api/v1/namespaces/default/services/prod-headless')).toMatchObject({
    spec: { clusterIP: 'None' },
  });
  expect(await phaseOf('neo4jenterpriseclusters/prod')).not.toBe('Ready');
  await untilPlaying('the cluster is Ready', async () => (await phaseOf('neo4jenterpriseclusters/prod')) === 'Ready');
});

test('a database object makes a database once its servers are ready, and drops it when it goes', async () => {
  const database = {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jDatabase',
    metadata: { name: 'orders-db' },
    spec: { clusterRef: 'prod', name: 'orders' },
  };
  await api.create(`${group}/neo4jdatabases`, database);
  await api.create(`${group}/neo4jenterpriseclusters`, cluster());
  await until('the database waits', async () => (await phaseOf('neo4jdatabases/orders-db')) === 'Pending');
  await untilPlaying('the database is Ready', async () => (await phaseOf('neo4jdatabases/orders-db')) === 'Ready');
  const state = new StateFolder(clusterStateDir(stateDir, 'default', 'prod'));
  expect(state.database('orders')).toMatchObject({ baseBytes: 1000 });
  await api.delete(`${group}/neo4jdatabases/orders-db`);
  await until('the database is dropped', async () => state.database('orders') === undefined);
});

test('a new image replaces the servers one at a time', async () => {
  await api.create(`${group}/neo4jenterpriseclusters`, cluster());
  await untilPlaying('the cluster is Ready', async () => (await phaseOf('neo4jenterpriseclusters/prod')) === 'Ready');
  await api.patch(`${group}/neo4jenterpriseclusters/prod`, { spec: { image: { tag: '2025.09-enterprise' } } });
  await untilPlaying('all servers have the new image', async () => {
    const all = await pods();
    expect(all.filter(({ metadata }) => metadata.deletionTimestamp).length).toBeLessThanOrEqual(1);
    return all.length === 3 && all.every(({ spec }) => spec.containers[0]?.image === 'neo4j:2025.09-enterprise');
  });
  await untilPlaying(
    'the cluster is Ready again',
    async () => (await phaseOf('neo4jenterpriseclusters/prod')) === 'Ready',
  );
});

test('a deleted standalone takes its pod with it', async () => {
  const spec = { image: { repo: 'neo4j', tag: '5.26-enterprise' } };
  await api.create(`${group}/neo4jenterprisestandalones`, {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseStandalone',
    metadata: { name: 'solo' },
    spec,
  });
  await untilPlaying(
    'the standalone is Ready',
    async () => (await phaseOf('neo4jenterprisestandalones/solo')) === 'Ready',
  );
  expect((await pods()).map(({ metadata }) => metadata.name)).toEqual(['solo-0']);
  await api.delete(`${group}/neo4jenterprisestandalones/solo`);
  await untilPlaying('the pod has gone', async () => (await pods()).length === 0);
});

test('objects written for the real operator are accepted as they are', async (context) => {
  const examples = resolve(import.meta.dirname, '../../../../shared/examples');
  if (!existsSync(examples)) return context.skip('manifests in circulation are not beside the repository');
  const wanted: Record<string, string> = {
    Neo4jEnterpriseCluster: 'neo4jenterpriseclusters',
    Neo4jEnterpriseStandalone: 'neo4jenterprisestandalones',
    Neo4jDatabase: 'neo4jdatabases',
  };
  let tried = 0;
  for (const file of globSync('{clusters,standalone,database,end-to-end}/*.yaml', { cwd: examples })) {
    for (const document of parseAllDocuments(readFileSync(join(examples, file), 'utf8'))) {
      const object = document.toJS() as KubeObject | null;
      const collection = wanted[object?.kind ?? ''];
      if (!object || !collection) continue;
      object.metadata.namespace = 'default';
      const made = await api.create<{ spec: unknown }>(`${group}/${collection}?fieldValidation=Strict`, object);
      expect(made.spec).toEqual((object as unknown as { spec: unknown }).spec);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(8);
});
