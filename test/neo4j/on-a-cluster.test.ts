import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startApiServer, type EmbeddedApiServer } from '../cluster/embedded/server.ts';
import type { ImageFolder } from '../cluster/images/image-table.ts';
import { ApiClient } from '../cluster/kubelet/api-client.ts';
import { startKubelet, type Kubelet } from '../cluster/kubelet/kubelet.ts';
import { openControl } from './control.ts';
import { standInsCache } from './dev-dbms.ts';
import { neo4jImage } from './images.ts';
import { startOperator, type RunningOperator } from './operator/start-operator.ts';

const group = '/apis/neo4j.neo4j.com/v1alpha1/namespaces/default/neo4jenterpriseclusters';
const pods = '/api/v1/namespaces/default/pods';
const dir = mkdtempSync(join(tmpdir(), 'holdfast-on-a-cluster-'));
const stateDir = join(dir, 'neo4j');
const now = () => new Date();
let server: EmbeddedApiServer;
let client: ApiClient;
let operator: RunningOperator;
let kubelet: Kubelet;

beforeAll(async () => {
  server = await startApiServer();
  client = new ApiClient(server.url);
  const crds = join(import.meta.dirname, '../cluster/crds');
  for (const file of globSync('*.yaml', { cwd: crds })) {
    const crd: unknown = parse(readFileSync(join(crds, file), 'utf8'));
    await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  }
  kubelet = await startKubelet({ api: server.url, dir: join(dir, 'pods'), resolveImage, now });
  operator = startOperator({ kubeconfig: server.url, stateDir, storeBytes: 100_000 });
  await until('the CRDs are served', async () => (await client.find(group)) !== undefined);
}, 30_000);
afterAll(async () => {
  await operator?.stop();
  await kubelet?.close();
  client?.close();
  await server?.close();
  rmSync(dir, { recursive: true, force: true });
});

function resolveImage(name: string): ImageFolder | undefined {
  return neo4jImage(name, { cacheDir: standInsCache });
}

interface Pod {
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly state?: { readonly terminated?: { readonly exitCode: number } };
    }[];
  };
}

async function until(fact: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${fact}`);
    await sleep(50);
  }
}

test('a pod of the same image backs up a cluster through the names of its servers', { timeout: 60_000 }, async () => {
  await client.create(group, {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseCluster',
    metadata: { name: 'prod' },
    spec: { image: { repo: 'neo4j', tag: '5.26-enterprise' }, topology: { primaries: 1, secondaries: 1 } },
  });
  await until('the cluster is Ready', async () => {
    const { status } = await client.get<{ status?: { phase?: string } }>(`${group}/prod`);
    return status?.phase === 'Ready';
  });
  const from = [1, 0].map((index) => `prod-server-${index}.prod-headless.default.svc.cluster.local:6362`).join(',');
  const line = [
    'neo4j-admin',
    'database',
    'backup',
    `--from=${from}`,
    '--to-path=/backups',
    '--temp-path=/scratch',
    '*',
  ];
  await client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'backup' },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'backup',
          image: 'neo4j:5.26-enterprise',
          command: line,
          volumeMounts: [
            { name: 'backups', mountPath: '/backups' },
            { name: 'scratch', mountPath: '/scratch' },
          ],
        },
      ],
      volumes: [
        { name: 'backups', emptyDir: {} },
        { name: 'scratch', emptyDir: {} },
      ],
    },
  });
  const ended = async () => (await client.get<Pod>(`${pods}/backup`)).status?.phase ?? '';
  await until('the backup has ended', async () => ['Succeeded', 'Failed'].includes(await ended()));
  const log = await (await fetch(`${server.url}${pods}/backup/log`)).text();
  expect(log).toContain('Backup command completed');
  expect(log).toContain(`Using remote server ${from.split(',')[0]}`);
  expect(await ended()).toBe('Succeeded');
  const databases = openControl({ stateDir, cluster: 'default/prod' }).databases();
  expect(databases.map(({ name }) => name).sort()).toEqual(['neo4j', 'system']);
});
