import { metricCatalogue } from '@holdfast/types';
import { expect, test } from 'vitest';
import { metricsPage } from './metrics-page.ts';

test('each metric has one row under its group', () => {
  const page = metricsPage();
  for (const [name, { group, help }] of Object.entries(metricCatalogue)) {
    const rows = page.split('\n').filter((line) => line.startsWith(`| \`${name}\` |`));
    expect(rows, name).toHaveLength(1);
    expect(rows[0]).toContain(help);
    expect(page.indexOf(`### ${group}\n`)).toBeLessThan(page.indexOf(rows[0] ?? ''));
  }
});

test('names say their unit, and only counters are totals', () => {
  for (const [name, { kind, help }] of Object.entries(metricCatalogue)) {
    expect(name.endsWith('_total') && name !== 'workers_total', name).toBe(kind === 'counter');
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(help, name).toMatch(/\.$/);
  }
});

test('what the prose names is in the catalogue', () => {
  const [prose = ''] = metricsPage().split('## Not there yet');
  const named = [...prose.matchAll(/neo4jbackup_([a-z_]*[a-z])/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !Object.hasOwn(metricCatalogue, name))).toEqual([]);
});
