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
import { chart, helmForTests, objectsIn, renderAll, valueSets, withoutCrd, type KubeObject } from './helm.ts';
import { complaints, podsIn, type PodSpec } from './pod-security.ts';

const helm = await helmForTests('the chart');

const root = join(chart, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe.skipIf(!helm && process.env['CI'] !== 'true')('the chart', () => {
  let rendered: ReadonlyMap<string, string>;
  beforeAll(async () => void (rendered = await renderAll(helm)));
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
    const all = podsIn(objects(values));
    expect(all.length).toBeGreaterThanOrEqual(3);
    for (const [name, pod] of all) expect(complaints(pod), name).toEqual([]);
  });

  test('the check of pods finds what "restricted" forbids', () => {
    const [, pod] = podsIn(objects('default')).find(([name]) => name === 'holdfast-worker') ?? [];
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
      for (const [name, { containers }] of podsIn(objects(values)))
        for (const container of containers) {
          expect(container['resources'], name).toMatchObject({ limits: { memory: expect.any(String) as string } });
          if (name.endsWith('-release')) continue; // it runs once and ends
          for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
            expect(container, name).toHaveProperty(probe);
        }
    },
  );

  describe('what the services are told', () => {
    const schemas = { watcher: watcherConfig, worker: workerConfig, retention: retentionConfig };

    function told(values: string, service: keyof typeof schemas): Record<string, string> {
      const [, pod] = podsIn(objects(values)).find(([name]) => name === `holdfast-${service}`) ?? [];
      const env = (pod?.containers[0]?.['env'] ?? []) as { name: string; value?: string }[];
      return Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'from-somewhere-else-in-the-cluster']));
    }

    test.each(['watcher', 'worker', 'retention'] as const)(
      'every variable of %s can be reached by a value',
      (service) => {
        const withoutValue = [
          'HOLDFAST_KUBECONFIG', // a pod has its own account
          'HOLDFAST_CLOCK_FILE', // dev clusters only
          'HOLDFAST_GOOGLE_EMULATOR', // as well
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
          s3: {
            endpointUrl: 'https://minio.storage.svc:9000',
            forcePathStyle: true,
            secretName: 'backup-credentials',
            caSecretName: 'minio-authority',
          },
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
      const [, pod] = podsIn(rendering).find(([name]) => name === 'holdfast-worker') ?? [];
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
    for (const [name, pod] of podsIn(objects('default')))
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

  test.each(['service-monitor', 'everything', 'default'])(
    'with %s Prometheus is sent to where the services serve their metrics',
    (values) => {
      for (const service of ['watcher', 'worker', 'retention'] as const) {
        const deployment = objects(values).find(
          ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `holdfast-${service}`,
        ) as unknown as { spec: { template: { metadata: { annotations?: object; labels: object }; spec: PodSpec } } };
        const { metadata, spec } = deployment.spec.template;
        const env = spec.containers[0]?.['env'] as { name: string; value?: string }[];
        const port = env.find(({ name }) => name === 'HOLDFAST_HTTP_PORT')?.value;
        expect(spec.containers[0]?.['ports']).toEqual([{ name: 'http', containerPort: Number(port) }]);
        if (values !== 'service-monitor') {
          const told = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': port, 'prometheus.io/path': '/metrics' };
          expect(metadata.annotations).toMatchObject(told);
          continue;
        }
        const named = (kind: string, name: string) =>
          objects(values).find((object) => object.kind === kind && object.metadata.name === name) as unknown;
        const found = named('Service', 'holdfast-metrics') as {
          metadata: { labels: object };
          spec: { selector: object; ports: object[] };
        };
        const monitor = named('ServiceMonitor', 'holdfast') as {
          spec: { selector: { matchLabels: object }; endpoints: object[] };
        };
        expect(metadata.labels).toMatchObject(found.spec.selector);
        expect(found.spec.ports).toEqual([{ name: 'http', port: Number(port), targetPort: 'http' }]);
        expect(found.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
        // Without the last one `namespace` would be the pod's, and the backup's would be called `exported_namespace`.
        expect(monitor.spec.endpoints).toMatchObject([{ port: 'http', path: '/metrics', honorLabels: true }]);
      }
    },
  );

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
