import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtForTests } from '../go-install.ts';
import { helmForTests, renderAll, valueSets } from './helm.ts';
import { layKubeSchemas } from './kube-schemas.ts';

const run = promisify(execFile);
const say = (line: string) => process.stderr.write(`${line}\n`);

const what = 'the chart against the schemas of Kubernetes';
const helm = await helmForTests(what);
const program = { module: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0' };
const kubeconform = await builtForTests(program, what);
const complete = helm !== undefined && kubeconform !== undefined;

describe.skipIf(!complete && process.env['CI'] !== 'true')('against the schemas of Kubernetes 1.36', () => {
  let site: string;
  let file: string;
  let schemas: string | undefined;
  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'holdfast-schemas-'));
    file = join(site, 'rendered.yaml');
    schemas = await layKubeSchemas(site, say);
    if (schemas === undefined)
      throw new Error('the schemas of Kubernetes could not be had; what was missing is said above');
  });
  afterAll(() => rm(site, { recursive: true, force: true }));

  /** ServiceMonitors belong to the Prometheus operator, whose schemas are not here. */
  async function judge(yaml: string): Promise<{ valid: number; skipped: number; problems: string[] }> {
    await writeFile(file, yaml);
    const args = [
      '-strict',
      '-summary',
      '-output',
      'json',
      '-skip',
      'ServiceMonitor',
      '-schema-location',
      schemas ?? '',
      file,
    ];
    const { stdout } = await run(kubeconform ?? '', args).catch((error: { stdout: string }) => error);
    const { resources, summary } = JSON.parse(stdout) as {
      resources: { kind: string; name: string; msg: string }[] | null;
      summary: { valid: number; skipped: number };
    };
    return {
      ...summary,
      problems: (resources ?? []).filter(({ msg }) => msg).map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`),
    };
  }

  let rendered: ReadonlyMap<string, string>;
  beforeAll(async () => void (rendered = await renderAll(helm)));

  test.each(valueSets)('everything rendered with %s is what a server understands', async (values) => {
    const outcome = await judge(rendered.get(values) ?? '');
    expect(outcome.problems).toEqual([]);
    expect(outcome.valid).toBeGreaterThan(15);
    expect(outcome.skipped).toBe(values === 'service-monitor' ? 1 : 0);
  });

  test('a field that does not exist, and a value of the wrong type, are found', async () => {
    const good = rendered.get('default') ?? '';
    const unknown = await judge(good.replace(/^( *)livenessProbe:/m, '$1liveProbe:'));
    expect(unknown.problems.join()).toContain('liveProbe');
    const wrong = await judge(good.replace(/^( *)replicas: 2$/m, '$1replicas: two'));
    expect(wrong.problems.join()).toContain('replicas');
  });
});
