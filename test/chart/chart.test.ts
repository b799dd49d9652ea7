import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig, serviceConfig } from '@holdfast/runtime';
import { labels } from '@holdfast/types';
import { configSchema as retentionConfig } from '../../services/retention/src/config.ts';
import { configSchema as watcherConfig } from '../../services/watcher/src/config.ts';
import { configSchema as workerConfig } from '../../services/worker/src/config.ts';
import { imageNames, startOf } from '../../scripts/images/images.ts';
import { serviceRules } from '../cluster/services/accounts.ts';
import { chart, helmForTests, objectsIn, valueSets, withoutCrd, type KubeObject } from './helm.ts';
import { complaints, podOf, type PodSpec } from './pod-security.ts';

const helm = await helmForTests('the chart');

const root = join(chart, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const roles = (objects: readonly KubeObject[]) =>
  objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as unknown as (KubeObject & {
    rules: Rule[];
  })[];

const pods = (objects: readonly KubeObject[]): [string, PodSpec][] =>
  objects.flatMap((object): [string, PodSpec][] => {
    const pod = podOf(object);
    return pod ? [[object.metadata.name, pod]] : [];
  });

describe.skipIf(!helm && process.env['CI'] !== 'true')('the chart', () => {
  const rendered = new Map<string, string>();
  beforeAll(async () => {
    for (const values of valueSets) rendered.set(values, (await helm?.template({ values })) ?? '');
  });
  const objects = (values: string) => objectsIn(rendered.get(values) ?? '');

  test('passes its own linter at its strictest', async () => {
    expect(await helm?.lint()).toContain('0 chart(s) failed');
  });

  test.each(valueSets)('rendered with %s is what was looked at last', (values) => {
    const golden = readFileSync(join(chart, 'tests/golden', `${values}.yaml`), 'utf8');
    expect(withoutCrd(rendered.get(values) ?? ''), 'node test/chart/golden-cli.ts writes it anew').toBe(golden);
  });

  test('brings the CRD of deploy/crds, which outlives the release', () => {
    const crd = objects('default').find(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crd?.metadata.annotations).toHaveProperty(['helm.sh/resource-policy'], 'keep');
    delete crd?.metadata.annotations?.['helm.sh/resource-policy'];
    expect(crd).toEqual(parse(read('deploy/crds/neo4j.neo4j.com_neo4jbackups.yaml'), { version: '1.1' }));
    expect(objects('everything').some(({ kind }) => kind === 'CustomResourceDefinition')).toBe(false);
  });

  test('has the version of the product', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(parse(read('deploy/chart/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  test.each(valueSets)('rendered with %s makes pods that pass Pod Security "restricted"', (values) => {
    const all = pods(objects(values));
    expect(all.length).toBeGreaterThanOrEqual(3);
    for (const [name, pod] of all) expect(complaints(pod), name).toEqual([]);
  });

  test('the check of pods finds what "restricted" forbids', () => {
    const [, pod] = pods(objects('default')).find(([name]) => name === 'holdfast-worker') ?? [];
    if (!pod) throw new Error('no worker is rendered');
    const [container] = pod.containers;
    const spoilt = {
      ...pod,
      hostNetwork: true,
      securityContext: {},
      volumes: [{ name: 'node', hostPath: { path: '/' } }],
      containers: [{ ...container, securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } } }],
    } as PodSpec;
    expect(complaints(spoilt)).toEqual([
      'hostNetwork is on',
      'volume node is a hostPath',
      'worker: is privileged',
      'worker: may gain privileges',
      'worker: keeps capabilities',
      'worker: adds capabilities',
      'worker: may run as root',
      'worker: has no seccomp profile',
      'worker: can write its root file system',
    ]);
  });

  test.each(valueSets)(
    'rendered with %s says of each container what it needs and how to see that it lives',
    (values) => {
      for (const [name, { containers }] of pods(objects(values)))
        for (const container of containers) {
          expect(container['resources'], name).toMatchObject({ limits: { memory: expect.any(String) as string } });
          for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
            expect(container, name).toHaveProperty(probe);
        }
    },
  );

  test.each(valueSets)(
    'rendered with %s grants no wildcard, no listing of Secrets, and no way to more rights',
    (values) => {
      for (const { metadata, rules } of roles(objects(values)))
        for (const { apiGroups, resources, verbs } of rules) {
          const where = `${metadata.name}: ${resources.join()}`;
          expect([...apiGroups, ...resources, ...verbs], where).not.toContain('*');
          expect(
            verbs.filter((verb) => ['escalate', 'bind', 'impersonate', 'deletecollection'].includes(verb)),
            where,
          ).toEqual([]);
          if (resources.includes('secrets')) expect(verbs, where).toEqual(['get']);
          expect(
            resources.filter((resource) => /^pods\/(exec|attach|portforward)$/.test(resource)),
            where,
          ).toEqual([]);
        }
    },
  );

  test('a service may grant the account of a backup what it holds itself, and no more', async () => {
    const { identityObjects } = await import('@holdfast/core');
    const backup = { key: { namespace: 'neo4j', name: 'nightly' }, uid: '11111111-2222-3333-4444-555555555555' };
    const { role } = identityObjects(backup as Parameters<typeof identityObjects>[0]);
    for (const name of ['holdfast-worker', 'holdfast-retention']) {
      const held = roles(objects('namespaced')).find(({ metadata }) => metadata.name === name)?.rules ?? [];
      for (const wanted of role['rules'] as Rule[])
        for (const resource of wanted.resources)
          for (const verb of wanted.verbs)
            expect(
              held.some((rule) => rule.resources.includes(resource) && rule.verbs.includes(verb)),
              name,
            ).toBe(true);
    }
  });

  test('grants exactly what the services need on a real control plane', () => {
    const flat = (rules: readonly Rule[]) =>
      rules
        .flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${group}/${each}`))),
        )
        .toSorted();
    const granted = (name: string) =>
      roles(objects('default')).find(({ metadata }) => metadata.name === name)?.rules ?? [];
    for (const service of ['watcher', 'worker', 'retention'] as const) {
      const leads = service === 'watcher' ? granted('holdfast-leader') : [];
      const all = flat([...granted(`holdfast-backups-${service}`), ...leads]);
      expect(all, service).toEqual([...new Set(flat(serviceRules[service]))]);
    }
  });

  test('for one namespace it asks for rights there and nowhere else', () => {
    const all = objects('namespaced');
    expect(all.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    const namespaces = roles(all).map(({ metadata }) => [metadata.name, metadata.namespace]);
    expect(Object.fromEntries(namespaces)).toEqual({
      'holdfast-leader': 'backups',
      'holdfast-watcher': 'neo4j',
      'holdfast-worker': 'neo4j',
      'holdfast-retention': 'neo4j',
    });
  });

  test('every right is bound to the account that a Deployment runs as', () => {
    for (const values of valueSets) {
      const all = objects(values);
      const accounts = all.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
      const used = pods(all)
        .map(([, pod]) => pod['serviceAccountName'])
        .filter((name) => name !== undefined);
      expect(used.toSorted()).toEqual(accounts.toSorted());
      const bindings = all.filter(({ kind }) => kind.endsWith('RoleBinding')) as unknown as (KubeObject & {
        roleRef: { kind: string; name: string };
        subjects: { name: string; namespace: string }[];
      })[];
      expect(bindings).toHaveLength(roles(all).length);
      for (const { roleRef, subjects, metadata } of bindings) {
        expect(
          roles(all).some(({ kind, metadata: { name } }) => kind === roleRef.kind && name === roleRef.name),
          metadata.name,
        ).toBe(true);
        for (const { name, namespace } of subjects)
          expect([accounts.includes(name), namespace]).toEqual([true, 'backups']);
      }
    }
  });

  describe('what the services are told', () => {
    const schemas = { watcher: watcherConfig, worker: workerConfig, retention: retentionConfig };

    function told(values: string, service: keyof typeof schemas): Record<string, string> {
      const [, pod] = pods(objects(values)).find(([name]) => name === `holdfast-${service}`) ?? [];
      const env = (pod?.containers[0]?.['env'] ?? []) as { name: string; value?: string }[];
      return Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-somewhere-else-in-the-cluster']));
    }

    test.each(['watcher', 'worker', 'retention'] as const)(
      'every variable of %s can be reached by a value',
      (service) => {
        const withoutValue = [
          'HOLDFAST_KUBECONFIG', // a pod has its own account
          'HOLDFAST_CLOCK_FILE', // dev clusters only
          'HOLDFAST_HTTP_HOST', // a pod has one address
        ];
        const known = [...Object.keys(serviceConfig.shape), ...Object.keys(schemas[service].shape)];
        const given = Object.keys(told('everything', service));
        expect(known.filter((name) => !withoutValue.includes(name)).toSorted()).toEqual(given.toSorted());
      },
    );

    test.each(valueSets)('with %s is what the services accept', (values) => {
      for (const service of ['watcher', 'worker', 'retention'] as const) {
        const variables = told(values, service);
        expect(() => parseConfig(serviceConfig, variables)).not.toThrow();
        expect(() => parseConfig(schemas[service], variables)).not.toThrow();
      }
    });

    test('means what the values say', () => {
      expect(parseConfig(workerConfig, told('everything', 'worker'))).toMatchObject({
        HOLDFAST_STORE_DEFAULTS: {
          s3: { endpointUrl: 'https://minio.storage.svc:9000', forcePathStyle: true, secretName: 'backup-credentials' },
        },
        HOLDFAST_ALLOWED_ENDPOINTS: ['https://minio.storage.svc:9000', '10.0.0.0'],
        HOLDFAST_ALLOWED_SERVICE_ACCOUNTS: ['neo4j/backups'],
        HOLDFAST_CLUSTER_ID: 'production',
        HOLDFAST_CONCURRENCY: 7,
        HOLDFAST_AGENT_IMAGE: `images.example.org/holdfast/agent@sha256:${'0123456789abcdef'.repeat(4)}`,
      });
      expect(parseConfig(watcherConfig, told('everything', 'watcher'))).toMatchObject({
        HOLDFAST_WATCH_NAMESPACE: 'neo4j',
        HOLDFAST_LIMIT_GLOBAL: 5,
        HOLDFAST_LIMIT_PER_TARGET: 2,
        HOLDFAST_LIMIT_PER_LOCATION: 3,
        HOLDFAST_RESYNC_SECONDS: 30,
      });
    });

    test('an empty list of accounts allows none, and no list allows all', async () => {
      const rendering = objectsIn(
        (await helm?.template({ values: 'default', set: ['allowedServiceAccounts=[]'] })) ?? '',
      );
      const [, pod] = pods(rendering).find(([name]) => name === 'holdfast-worker') ?? [];
      const env = pod?.containers[0]?.['env'] as { name: string; value: string }[];
      const variable = env.find(({ name }) => name === 'HOLDFAST_ALLOWED_SERVICE_ACCOUNTS');
      const base = told('default', 'worker');
      const parsed = (more: object) =>
        parseConfig(workerConfig, { ...base, ...more }).HOLDFAST_ALLOWED_SERVICE_ACCOUNTS;
      expect(parsed({ HOLDFAST_ALLOWED_SERVICE_ACCOUNTS: variable?.value })).toEqual([]);
      expect(parsed({})).toBeUndefined();
    });
  });

  test('pods run as the user that the images are made for', () => {
    for (const name of imageNames) expect(startOf(name).user).toBe('65532:65532');
    for (const [name, pod] of pods(objects('default')))
      if (name !== 'holdfast-redis') expect(pod.securityContext?.runAsUser, name).toBe(65_532);
  });

  test('the network lets in who asks for health and metrics, and to Redis only the services', () => {
    const policies = objects('default').filter(({ kind }) => kind === 'NetworkPolicy') as unknown as (KubeObject & {
      spec: { ingress: { ports: { port: string }[]; from?: unknown[] }[]; egress?: unknown[] };
    })[];
    const ports = policies.map(({ metadata, spec }) => [
      metadata.name,
      spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port)),
    ]);
    expect(Object.fromEntries(ports)).toEqual({
      'holdfast-watcher': ['http'],
      'holdfast-worker': ['http'],
      'holdfast-retention': ['http'],
      'holdfast-redis': ['redis'],
    });
    const redis = policies.find(({ metadata }) => metadata.name === 'holdfast-redis')?.spec;
    expect(redis?.egress).toEqual([]);
    expect(redis?.ingress[0]?.from).toHaveLength(1);
    expect(JSON.stringify(redis?.ingress[0]?.from)).not.toContain('redis');
  });

  test('a password nobody gave is made, long and another one each time, and stands nowhere but in the Secret', async () => {
    const passwords = new Set<string>();
    for (let time = 0; time < 2; time += 1) {
      const all = objectsIn((await helm?.template()) ?? '');
      const secret = all.find(({ kind }) => kind === 'Secret') as unknown as { stringData: Record<string, string> };
      const { password = '', url, 'redis.conf': conf } = secret.stringData;
      expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
      expect(url).toContain(`:${password}@holdfast-redis.backups.svc.cluster.local:6379`);
      expect(conf).toContain('maxmemory-policy noeviction');
      expect(JSON.stringify(all.filter(({ kind }) => kind !== 'Secret'))).not.toContain(password);
      passwords.add(password);
    }
    expect(passwords.size).toBe(2);
  });

  test('the pods of backups are never taken for those of a service', () => {
    for (const object of objects('default')) {
      const selector = (object['spec'] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector
        ?.matchLabels;
      if (selector)
        expect(selector[labels.component], object.metadata.name).toMatch(/^(watcher|worker|retention|redis)$/);
    }
  });

  const embedded = 'redis.embedded.enabled=false';
  test.each([
    ['a value that does not exist', ['watcher.replica=3'], /additional properties 'replica' not allowed/],
    ['a watcher that nobody runs', ['watcher.replicas=0'], /watcher.replicas|minimum/],
    ['a word for the log level that is none', ['logLevel="loud"'], /logLevel|must be one of/],
    [
      'a password that would break the URL',
      ['redis.embedded.password="p@ss word/with#signs"'],
      /password|does not match pattern/,
    ],
    ['a digest that is none', ['image.digests.agent="sha256:1"'], /digests|does not match pattern/],
    ['no Redis at all', [embedded], /redis\.external\.existingSecret is missing; name a Secret/],
    [
      'two of them',
      ['redis.external.existingSecret="ours"'],
      /both redis\.embedded\.enabled and redis\.external\.existingSecret/,
    ],
    [
      'a group that is not served yet',
      ['crds.group="holdfast.example.org"'],
      /crds\.group "holdfast\.example\.org" is not supported yet/,
    ],
    ['no reads at cluster scope, for all namespaces', ['rbac.clusterReads=false'], /needs watchNamespace/],
    [
      'no reads at cluster scope, without an id',
      ['rbac.clusterReads=false', 'watchNamespace="neo4j"'],
      /needs clusterId/,
    ],
  ])('%s is refused with a sentence', async (_what, set, sentence) => {
    await expect(helm?.template({ set })).rejects.toThrow(sentence);
  });

  test('docs/install.md tells of every value, and of none that is not there', () => {
    const leaves = (value: unknown, path: string): string[] =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0 &&
      !path.endsWith('.resources')
        ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
        : [path];
    const known = leaves(parse(read('deploy/chart/values.yaml')), '');
    const rows = read('docs/install.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const page = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    expect(page.toSorted()).toEqual(known.toSorted());
  });
});
