import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chart, openHelm, type Helm } from '../../chart/helm.ts';
import { builtModule } from '../../go-build.ts';
import { openClusterClock } from '../clock/clock.ts';
import { makeNamespace } from '../furnish.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/neo4jbackups.neo4j.neo4j.com';
const services = ['watcher', 'worker', 'retention'];

describe.skipIf(!ready)('the chart on a real API server', { concurrent: false }, () => {
  let dir: string;
  let kubeconfig: string;
  let helm: Helm;
  let plane: ControlPlane | undefined;
  let admin: ApiClient;
  beforeAll(async () => {
    const built = await openHelm((line) => process.stderr.write(`${line}\n`));
    if (!built) throw new Error('helm could not be built');
    helm = built;
    dir = mkdtempSync(join(tmpdir(), 'holdfast-chart-'));
    mkdirSync(join(dir, 'logs'));
    const clock = openClusterClock(join(dir, 'clock.json'));
    const env = { HOLDFAST_CLOCK_FILE: clock.file };
    plane = await startControlPlane({ dir: join(dir, 'plane'), logs: join(dir, 'logs'), env });
    kubeconfig = join(dir, 'kubeconfig');
    writeKubeconfig(kubeconfig, plane.access);
    admin = new ApiClient(plane.access);
    await makeNamespace(admin, 'neo4j');
    const words = ['--namespace', 'backups', '--create-namespace', '--set', 'image.registry=registry.example'];
    await helm.against(kubeconfig, 'install', 'holdfast', chart, ...words);
  });
  afterAll(async () => {
    admin?.close();
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** What a service's own account is answered when it reads this. */
  async function answerTo(service: string, path: string, namespace = 'backups'): Promise<number> {
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/holdfast-${service}`;
    const { status } = await admin.create<{ status: { token: string } }>(`${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    });
    if (!plane) throw new Error('there is no control plane');
    const client = new ApiClient({ ...plane.access, token: status.token });
    try {
      await client.get(path);
      return 200;
    } catch (error) {
      return (error as { status: number }).status;
    } finally {
      client.close();
    }
  }

  test('is taken whole: the definition is served, and each service has its Deployment', async () => {
    const { items } = await admin.get<{ items: { metadata: { name: string } }[] }>(
      '/apis/apps/v1/namespaces/backups/deployments',
    );
    expect(items.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(services.map((service) => `holdfast-${service}`)),
    );
    const served = () => admin.get<{ items: object[] }>('/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups');
    await expect.poll(async () => (await served().catch(() => undefined))?.items, { timeout: 20_000 }).toEqual([]);
  });

  test.each(services)('lets the %s do its work and nothing else', async (service) => {
    const backups = '/apis/neo4j.neo4j.com/v1alpha1';
    expect(await answerTo(service, `${backups}/namespaces/neo4j/neo4jbackups/none`)).toBe(404);
    expect(await answerTo(service, `${backups}/neo4jbackups`)).toBe(service === 'watcher' ? 200 : 403);
    expect(await answerTo(service, '/api/v1/namespaces/neo4j/secrets/none')).toBe(service === 'watcher' ? 403 : 404);
    for (const path of ['/api/v1/secrets', '/api/v1/namespaces/neo4j/secrets', '/api/v1/nodes', '/api/v1/configmaps'])
      expect([path, await answerTo(service, path)]).toEqual([path, 403]);
  });

  test('with watchNamespace lets the services into that namespace alone', async () => {
    const words = ['--namespace', 'narrow', '--create-namespace', '--set', 'crds.install=false,watchNamespace=neo4j'];
    const more = ['--set', 'image.registry=registry.example,rbac.clusterReads=false,clusterId=narrow'];
    await helm.against(kubeconfig, 'install', 'holdfast', chart, ...words, ...more);
    const asked = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets/none`;
    expect(await answerTo('worker', asked('neo4j'), 'narrow')).toBe(404);
    expect(await answerTo('worker', asked('backups'), 'narrow')).toBe(403);
    expect(await answerTo('worker', '/api/v1/namespaces/kube-system', 'narrow')).toBe(403);
    const backups = '/apis/neo4j.neo4j.com/v1alpha1';
    expect(await answerTo('watcher', `${backups}/namespaces/neo4j/neo4jbackups`, 'narrow')).toBe(200);
    expect(await answerTo('watcher', `${backups}/neo4jbackups`, 'narrow')).toBe(403);
  });

  test('keeps the password of its Redis when it is upgraded', async () => {
    const secret = () => admin.get<{ data: object }>('/api/v1/namespaces/backups/secrets/holdfast-redis');
    const before = await secret();
    const words = ['--namespace', 'backups', '--reuse-values', '--set', 'worker.replicas=5'];
    await helm.against(kubeconfig, 'upgrade', 'holdfast', chart, ...words);
    expect((await secret()).data).toEqual(before.data);
    const worker = '/apis/apps/v1/namespaces/backups/deployments/holdfast-worker';
    expect(await admin.get(worker)).toMatchObject({ spec: { replicas: 5 } });
  });

  test('leaves the definition and the backups that people declared when it is uninstalled', async () => {
    const backups = '/apis/neo4j.neo4j.com/v1alpha1/namespaces/neo4j/neo4jbackups';
    await admin.create(backups, {
      apiVersion: 'neo4j.neo4j.com/v1alpha1',
      kind: 'Neo4jBackup',
      metadata: { name: 'kept' },
      spec: { target: { kind: 'Cluster', name: 'prod' }, storage: { type: 'pvc', pvc: { name: 'claim' } } },
    });
    await helm.against(kubeconfig, 'uninstall', 'holdfast', '--namespace', 'backups');
    const { items } = await admin.get<{ items: object[] }>('/apis/apps/v1/namespaces/backups/deployments');
    expect(items).toEqual([]);
    expect(await admin.find(definition)).toBeDefined();
    expect(await admin.find(`${backups}/kept`)).toBeDefined();
  });
});
