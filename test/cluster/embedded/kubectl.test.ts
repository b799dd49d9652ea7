import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { objectsAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { startApiServer } from './server.ts';
import type { EmbeddedApiServer } from './server.ts';
import { testClient } from './test-client.ts';

const minor = kubectlMinor();
if (minor === undefined) process.stderr.write('left out: kubectl.test.ts needs kubectl on the PATH\n');

/** The 20 of kubectl 1.20, or `undefined` without kubectl. */
function kubectlMinor(): number | undefined {
  try {
    const text = execFileSync('kubectl', ['version', '--client'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/v1\.(\d+)\./.exec(text)?.[1]);
  } catch {
    return undefined;
  }
}

/** Versions before this one ask an older schema for field validation and dry runs, and cannot wait for a JSONPath. */
const isOld = minor !== undefined && minor < 27;

const DEFINITION: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wi'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Kind', type: 'string', jsonPath: '.spec.target.kind' },
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['target'],
                'x-kubernetes-validations': [{ rule: 'self.size > 0', message: 'not asked here' }],
                properties: {
                  size: { type: 'integer', default: 3 },
                  target: { type: 'object', properties: { kind: { type: 'string', enum: ['Cluster', 'Database'] } } },
                },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

function widget(name: string, target: JsonObject): JsonObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec: { target } };
}

function pod(name: string, image: string): JsonObject {
  const containers = [
    { name: 'a', image, env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { containers } };
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe.skipIf(minor === undefined)('kubectl against the embedded server', { concurrent: false }, () => {
  const home = mkdtempSync(join(tmpdir(), 'embedded-kubectl-'));
  const kubeconfig = join(home, 'config');
  const env = { ...process.env, HOME: home, KUBECONFIG: kubeconfig };
  let server: EmbeddedApiServer;

  beforeAll(async () => {
    server = await startApiServer();
    writeFileSync(
      kubeconfig,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'dev', cluster: { server: server.url } }],
        users: [{ name: 'dev', user: {} }],
        contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
        'current-context': 'dev',
      }),
    );
    await testClient(server.url).until(
      '/api/v1/namespaces/default/serviceaccounts/default',
      ({ code }) => code === 200,
    );
    await ok('apply', '-f', manifest(DEFINITION));
    await ok('wait', '--for=condition=Established', 'crd/widgets.example.com', '--timeout=5s');
  });

  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true });
  });

  let files = 0;
  function manifest(...objects: readonly JsonObject[]): string {
    files += 1;
    const path = join(home, `${files}.yaml`);
    writeFileSync(path, objects.map((object) => stringify(object)).join('---\n'));
    return path;
  }

  function kubectl(...args: readonly string[]): Promise<Result> {
    return new Promise((resolve) => {
      execFile('kubectl', args, { env, encoding: 'utf8', timeout: 15_000 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
      });
    });
  }

  async function ok(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err}`);
    return out;
  }

  test('apply creates, leaves alone, and configures', async () => {
    expect(await ok('apply', '-f', manifest(widget('a', { kind: 'Cluster' })))).toContain('created');
    expect(await ok('apply', '-f', manifest(widget('a', { kind: 'Cluster' })))).toContain('unchanged');
    expect(await ok('apply', '-f', manifest(widget('a', { kind: 'Database' })))).toContain('configured');
    expect(await ok('get', 'wi', 'a', '-o', 'jsonpath={.spec.target.kind} {.spec.size} {.metadata.generation}')).toBe(
      'Database 3 2',
    );
  });

  test('apply of a built-in kind merges containers by name', async () => {
    await ok('apply', '-f', manifest(pod('merged', 'a:1')));
    expect(await ok('apply', '-f', manifest(pod('merged', 'a:2')))).toContain('configured');
    expect(await ok('get', 'pod', 'merged', '-o', 'jsonpath={.spec.containers[*].image}')).toBe('a:2 b:1');
  });

  test('a value the schema does not take is refused in the words of Kubernetes', async () => {
    const { code, err } = await kubectl('apply', '-f', manifest(widget('wrong', { kind: 'X' })));
    expect(code).not.toBe(0);
    expect(err).toContain(
      'The Widget "wrong" is invalid: spec.target.kind: Unsupported value: "X": supported values: "Cluster", "Database"',
    );
  });

  test.skipIf(isOld)('an unknown field is refused, or dropped when validation is off', async () => {
    const path = manifest(widget('odd', { kind: 'Cluster', odd: 1 }));
    const { err } = await kubectl('apply', '-f', path);
    expect(err).toContain('strict decoding error: unknown field "spec.target.odd"');
    await ok('apply', '--validate=false', '-f', path);
    expect(await ok('get', 'wi', 'odd', '-o', 'jsonpath={.spec.target}')).toBe('{"kind":"Cluster"}');
    const builtIn = await kubectl('create', '-f', manifest({ ...pod('odd', 'a:1'), odd: 1 }));
    expect(builtIn.err).toContain('unknown field "odd"');
  });

  test('get shows printer columns, wide ones on request', async () => {
    await ok('apply', '-f', manifest(widget('shown', { kind: 'Cluster' })));
    const status = { phase: 'Done', conditions: [{ type: 'Ready', status: 'True' }] };
    await testClient(server.url).merge(`${WIDGETS}/shown/status`, { status });
    expect(await ok('get', 'wi', 'shown')).toMatch(/NAME +KIND +PHASE\nshown +Cluster +Done\n/);
    expect(await ok('get', 'wi', 'shown', '-o', 'wide')).toMatch(/READY\nshown +Cluster +Done +True\n/);
    expect(await ok('get', 'wi', 'shown', '-o', 'yaml')).toContain('phase: Done');
    expect(await ok('get', 'ns')).toMatch(/NAME +STATUS +AGE\ndefault +Active/);
  });

  test('describe shows a custom resource, and a Job with its events', async () => {
    await ok('apply', '-f', manifest(widget('told', { kind: 'Cluster' })));
    expect(await ok('describe', 'wi', 'told')).toMatch(/Kind: +Cluster/);
    await ok('create', 'job', 'told', '--image=busybox:1', '--', 'true');
    if (!isOld) await ok('wait', '--for=jsonpath={.status.active}=1', 'job/told', '--timeout=5s');
    expect(await ok('describe', 'job', 'told')).toMatch(/SuccessfulCreate .*Created pod: told-/);
  });

  test('patch speaks merge, JSON and strategic', async () => {
    await ok('apply', '-f', manifest(pod('patched', 'a:1')));
    await ok('patch', 'pod', 'patched', '--type=merge', '-p', '{"metadata":{"labels":{"m":"1"}}}');
    await ok('patch', 'pod', 'patched', '--type=json', '-p', '[{"op":"add","path":"/metadata/labels/j","value":"2"}]');
    await ok('patch', 'pod', 'patched', '-p', '{"spec":{"containers":[{"name":"b","image":"b:2"}]}}');
    const shown = await ok('get', 'pod', 'patched', '-o', 'jsonpath={.metadata.labels} {.spec.containers[*].image}');
    expect(shown).toBe('{"app":"patched","j":"2","m":"1"} a:1 b:2');
    const custom = await kubectl('patch', 'wi', 'a', '--type=strategic', '-p', '{"spec":{}}');
    expect(custom.code).not.toBe(0);
  });

  test('label, annotate and selectors work together', async () => {
    await ok('apply', '-f', manifest(widget('marked', { kind: 'Cluster' })));
    await ok('label', 'wi', 'marked', 'team=blue');
    await ok('annotate', 'wi', 'marked', 'neo4j.neo4j.com/run=now');
    expect(await ok('get', 'wi', '-l', 'team=blue', '-o', 'name')).toBe('widget.example.com/marked\n');
    expect(await ok('get', 'wi', '--field-selector', 'metadata.name=marked', '-o', 'name')).toContain('marked');
    expect((await kubectl('label', 'wi', 'marked', 'team=red')).err).toContain('already has a value');
  });

  test('wait sees a deletion, and delete waits for finalizers', async () => {
    await ok('apply', '-f', manifest(widget('held', { kind: 'Cluster' })));
    await ok('patch', 'wi', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":["x.io/y"]}}');
    const waiting = ok('wait', '--for=delete', 'wi/held', '--timeout=10s');
    const deleting = ok('delete', 'wi', 'held', '--timeout=10s');
    const client = testClient(server.url);
    await client.until(`${WIDGETS}/held`, ({ body }) => body.metadata.deletionTimestamp !== undefined);
    await ok('patch', 'wi', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await Promise.all([waiting, deleting]);
    expect((await kubectl('get', 'wi', 'held')).err).toContain('(NotFound)');
  });

  test('a deleted Job takes its pods with it', async () => {
    await ok('create', 'job', 'gone', '--image=busybox:1');
    const pods = '/api/v1/namespaces/default/pods?labelSelector=job-name=gone';
    const client = testClient(server.url);
    await client.until(pods, ({ body }) => objectsAt(body, 'items').length === 1);
    await ok('delete', 'job', 'gone');
    const { body } = await client.until(pods, (answer) => objectsAt(answer.body, 'items').length === 0);
    expect(objectsAt(body, 'items')).toEqual([]);
  });

  test('get -w prints changes as they happen', async () => {
    await ok('apply', '-f', manifest(widget('watched', { kind: 'Cluster' })));
    const watching = spawn('kubectl', ['get', 'wi', 'watched', '-w'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await lines.next()).value;
    try {
      expect(await next()).toMatch(/NAME +KIND +PHASE/);
      expect(await next()).toMatch(/watched +Cluster/);
      await ok('patch', 'wi', 'watched', '--type=merge', '-p', '{"spec":{"target":{"kind":"Database"}}}');
      expect(await next()).toMatch(/watched +Database/);
    } finally {
      watching.kill('SIGKILL');
    }
  });

  test('a namespace and what is in it can be made and deleted', async () => {
    await ok('create', 'namespace', 'team');
    await ok('create', 'secret', 'generic', 's', '-n', 'team', '--from-literal=a=b');
    expect(await ok('get', 'secret', 's', '-n', 'team', '-o', 'jsonpath={.data.a}')).toBe('Yg==');
    await ok('delete', 'namespace', 'team', '--timeout=10s');
    expect((await kubectl('get', 'ns', 'team')).err).toContain('(NotFound)');
  });

  test.skipIf(isOld)('a server-side dry run stores nothing', async () => {
    expect(await ok('apply', '--dry-run=server', '-f', manifest(widget('dry', { kind: 'Cluster' })))).toContain(
      'server dry run',
    );
    expect((await kubectl('get', 'wi', 'dry')).code).not.toBe(0);
  });

  test('what this server does not offer fails and says so', async () => {
    expect((await kubectl('explain', 'wi')).code).not.toBe(0);
    expect((await kubectl('apply', '--server-side', '-f', manifest(widget('ssa', { kind: 'Cluster' })))).code).not.toBe(
      0,
    );
  });
});
