import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eraseFinalizer } from '@holdfast/types';
import { chart, objectsIn, openHelm, type Helm, type KubeObject } from '../../chart/helm.ts';
import type { PodSpec } from '../../chart/pod-security.ts';
import { builtModule } from '../../go-build.ts';
import { openClusterClock } from '../clock/clock.ts';
import { makeNamespace } from '../furnish.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient, type ApiAccess } from '../kubelet/api-client.ts';
import { leaderRules, serviceRules, type Rule } from '../services/accounts.ts';
import { flatRights } from '../services/flat-rights.ts';
import { serviceNames } from '../services/service-specs.ts';
import { askAs, type Answered, type Attempt } from './ask-as.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { forbidden } from './forbidden.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/neo4jbackups.neo4j.neo4j.com';

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

  const tokens = new Map<string, string>();

  /** What a service's own account is answered. */
  async function answerTo(service: string, attempt: Attempt | string, namespace = 'backups'): Promise<Answered> {
    if (!plane) throw new Error('there is no control plane');
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/holdfast-${service}`;
    const token = tokens.get(account) ?? (await tokenOf(account));
    tokens.set(account, token);
    return askAs({ ...plane.access, token }, typeof attempt === 'string' ? { method: 'GET', path: attempt } : attempt);
  }

  async function tokenOf(account: string): Promise<string> {
    const { status } = await admin.create<{ status: { token: string } }>(`${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    });
    return status.token;
  }

  /** Every right that the API server says an account has in a namespace, besides those that everybody has. */
  async function rightsOf(service: string, where: string, namespace = 'backups'): Promise<string[]> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: where } };
    const { text } = await answerTo(service, { method: 'POST', path, body }, namespace);
    const { status } = JSON.parse(text) as { status: { resourceRules: Rule[] } };
    return flatRights(status.resourceRules).filter((right) => !/ \S+\.k8s\.io\/selfsubject\w+ /.test(right));
  }

  /** Makes an object of the chart as helm would; answers where it is. */
  async function makeOf(object: KubeObject): Promise<string> {
    const plural = `${object.kind.toLowerCase()}s`;
    const group = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
    const { namespace } = object.metadata;
    const collection = `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
    await admin.create(collection, object);
    return `${collection}/${object.metadata.name}`;
  }

  test('is taken whole: the definition is served, and each service has its Deployment', async () => {
    const { items } = await admin.get<{ items: { metadata: { name: string } }[] }>(
      '/apis/apps/v1/namespaces/backups/deployments',
    );
    expect(items.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(serviceNames.map((service) => `holdfast-${service}`)),
    );
    const served = () => admin.get<{ items: object[] }>('/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups');
    await expect.poll(async () => (await served().catch(() => undefined))?.items, { timeout: 20_000 }).toEqual([]);
  });

  test.each(serviceNames)(
    'gives the %s exactly the rights that its work needs, as the API server counts them',
    async (name) => {
      const { namespaced, cluster } = serviceRules[name];
      expect(await rightsOf(name, 'neo4j')).toEqual(flatRights([...namespaced, ...cluster]));
      const atHome = [...namespaced, ...cluster, ...(name === 'watcher' ? leaderRules : [])];
      expect(await rightsOf(name, 'backups')).toEqual(flatRights(atHome));
    },
  );

  test.each(serviceNames)('lets the %s do its work, and refuses what it must not do', async (name) => {
    const backup = '/apis/neo4j.neo4j.com/v1alpha1/namespaces/neo4j/neo4jbackups/none';
    expect(await answerTo(name, backup)).toMatchObject({ status: 404 });
    for (const { what, attempt, except = [] } of forbidden) {
      const { status } = await answerTo(name, attempt);
      if (except.includes(name)) expect([what, status]).not.toEqual([what, 403]);
      else expect([what, status]).toEqual([what, 403]);
    }
  });

  test('with watchNamespace lets the services into that namespace alone', async () => {
    const words = ['--namespace', 'narrow', '--create-namespace', '--set', 'crds.install=false,watchNamespace=neo4j'];
    const more = ['--set', 'image.registry=registry.example,rbac.clusterReads=false,clusterId=narrow'];
    await helm.against(kubeconfig, 'install', 'holdfast', chart, ...words, ...more);
    for (const name of serviceNames) {
      const { namespaced } = serviceRules[name];
      expect(await rightsOf(name, 'neo4j', 'narrow')).toEqual(flatRights(namespaced));
      expect(await rightsOf(name, 'narrow', 'narrow')).toEqual(flatRights(name === 'watcher' ? leaderRules : []));
      expect(await rightsOf(name, 'backups', 'narrow')).toEqual([]);
      const kubeSystem = await answerTo(name, '/api/v1/namespaces/kube-system', 'narrow');
      expect(kubeSystem.status).toBe(403);
      const everywhere = await answerTo(name, '/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups', 'narrow');
      expect(everywhere.status).toBe(403);
    }
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
    // Nothing runs pods here, so helm would wait for its last Job until it gave up: what that does is below.
    await helm.against(kubeconfig, 'uninstall', 'holdfast', '--namespace', 'backups', '--no-hooks');
    const { items } = await admin.get<{ items: object[] }>('/apis/apps/v1/namespaces/backups/deployments');
    expect(items).toEqual([]);
    expect(await admin.find(definition)).toBeDefined();
    expect(await admin.find(`${backups}/kept`)).toBeDefined();
  });

  describe.each([
    ['everywhere', 'default', ['holds', 'goes', 'elsewhere'], []],
    ['in the namespace that the release watched', 'namespaced', ['holds', 'goes'], ['elsewhere']],
  ] as const)('the Job that runs after an uninstallation, %s', (_where, values, free, held) => {
    const collection = (namespace: string) => `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups`;
    const pathOf = (name: string) => `${collection(name === 'elsewhere' ? 'backups' : 'neo4j')}/${name}`;
    let access: ApiAccess;
    let variables: Record<string, string>;
    const made: string[] = [];

    beforeAll(async () => {
      const rendered = objectsIn((await helm.template({ values })) ?? '');
      const hooks = rendered.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'post-delete');
      for (const object of hooks) if (object.kind !== 'Job') made.push(await makeOf(object));
      const job = hooks.find(({ kind }) => kind === 'Job') as unknown as { spec: { template: { spec: PodSpec } } };
      const [container] = job.spec.template.spec.containers;
      expect(container?.['command']).toEqual(['/usr/local/bin/node', '/app/release.mjs']);
      const env = (container?.['env'] ?? []) as { name: string; value: string }[];
      variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      const token = await tokenOf(
        `/api/v1/namespaces/backups/serviceaccounts/${String(job.spec.template.spec['serviceAccountName'])}`,
      );
      if (!plane) throw new Error('there is no control plane');
      access = { ...plane.access, token };
      for (const name of ['holds', 'goes', 'elsewhere'])
        await admin.create(collection(name === 'elsewhere' ? 'backups' : 'neo4j'), {
          apiVersion: 'neo4j.neo4j.com/v1alpha1',
          kind: 'Neo4jBackup',
          metadata: { name, finalizers: [eraseFinalizer] },
          spec: { target: { kind: 'Cluster', name: 'prod' }, storage: { type: 'pvc', pvc: { name: 'claim' } } },
        });
      await admin.delete(pathOf('goes'));
    });
    afterAll(async () => {
      for (const path of made) await admin.delete(path);
      for (const name of [...free, ...held]) {
        if (!(await admin.find(pathOf(name)))) continue;
        await admin.patch(pathOf(name), { metadata: { finalizers: null } });
        await admin.delete(pathOf(name)).catch(() => undefined);
      }
    });

    test('lets every backup go with exactly the rights of its account, so that it can be deleted', async () => {
      const file = join(dir, `kubeconfig-release-${values}`);
      writeKubeconfig(file, access);
      const program = resolve(import.meta.dirname, '../../../services/watcher/src/release/main.ts');
      const env = { ...process.env, ...variables, HOLDFAST_PAUSE_SECONDS: '1', HOLDFAST_KUBECONFIG: file };
      await promisify(execFile)(process.execPath, [program], { env });
      const finalizers = async (name: string) =>
        (await admin.find<{ metadata: { finalizers?: string[] } }>(pathOf(name)))?.metadata.finalizers;
      for (const name of free) expect([name, await finalizers(name)]).toEqual([name, undefined]);
      for (const name of held) expect([name, await finalizers(name)]).toEqual([name, [eraseFinalizer]]);
      expect(await admin.find(pathOf('goes'))).toBeUndefined();
      expect(await admin.find(pathOf('holds'))).toBeDefined();
    });

    test('may do nothing else', async () => {
      for (const { what, attempt } of forbidden) {
        const { status } = await askAs(access, attempt);
        const may = /^(list backups|change a backup)/.test(what);
        expect([what, status === 403]).toEqual([what, !may]);
      }
    });
  });
});
