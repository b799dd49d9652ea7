import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { metricCatalogue } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { prometheusForTests } from '../prometheus/find-prometheus.ts';
import { chart, helmForTests, objectsIn } from './helm.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const run = promisify(execFile);

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}
interface Cases {
  readonly tests: readonly { readonly alert_rule_test: readonly { alertname: string; exp_alerts: unknown[] }[] }[];
}

const rules = parse(read('deploy/alerts/holdfast.yaml')) as Rules;
const all = rules.groups.flatMap((group) => group.rules);
const names = all.map(({ alert }) => alert);

const programs = await prometheusForTests('alerts as Prometheus judges them');
const helm = await helmForTests('the PrometheusRule of the chart');

test('each alert has a case in which it fires and one in which it stays quiet', () => {
  const cases = (parse(read('test/prometheus/alerts.yaml')) as Cases).tests.flatMap((one) => one.alert_rule_test);
  const named = (fires: boolean) =>
    new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname));
  expect([...named(true)].toSorted()).toEqual(names.toSorted());
  expect([...named(false)].toSorted()).toEqual(names.toSorted());
});

test('each alert has a section of docs/alerts.md, and each metric it asks for exists', () => {
  const sections = [...read('docs/alerts.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(names);
  for (const { alert, expr } of all) {
    const asked = [...expr.matchAll(/neo4jbackup_(\w+)/g)].map(([, name = '']) => name);
    expect(asked.length, alert).toBeGreaterThan(0);
    for (const name of asked) expect(Object.keys(metricCatalogue), alert).toContain(name);
  }
});

test.skipIf(!programs)('promtool plays every case', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-alerts-'));
  try {
    copyFileSync(join(root, 'deploy/alerts/holdfast.yaml'), join(dir, 'rules.yaml'));
    copyFileSync(join(root, 'test/prometheus/alerts.yaml'), join(dir, 'alerts.yaml'));
    const { stdout } = await run(programs?.promtool ?? '', ['test', 'rules', 'alerts.yaml'], { cwd: dir });
    expect(stdout).toContain('SUCCESS');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

describe.skipIf(!helm && process.env['CI'] !== 'true')('in the chart', () => {
  test('the rules are those of deploy/alerts, and lead to the documentation that the installation names', async () => {
    const set = [
      'metrics.prometheusRule.enabled=true',
      'metrics.prometheusRule.runbookBase="https://docs.example.org/holdfast/"',
    ];
    const found = objectsIn((await helm?.template({ set })) ?? '').find(({ kind }) => kind === 'PrometheusRule');
    const text = read('deploy/alerts/holdfast.yaml').replaceAll(
      'runbook_url: ',
      'runbook_url: https://docs.example.org/holdfast/',
    );
    expect(found?.['spec']).toEqual(parse(text, { version: '1.1' }));
    expect(text).toContain('runbook_url: https://docs.example.org/holdfast/docs/alerts.md#backupstale');
  });

  test('there are none unless somebody asks: a cluster without the Prometheus operator does not know them', async () => {
    expect(objectsIn((await helm?.template()) ?? '').some(({ kind }) => kind === 'PrometheusRule')).toBe(false);
    expect(readFileSync(join(chart, 'files/alerts.yaml'), 'utf8')).toBe(read('deploy/alerts/holdfast.yaml'));
  });
});
