import { expect, test } from 'vitest';
import { openMetrics } from './metrics.ts';
import type { Sample } from './metrics.ts';

test('names carry the prefix, and the process and its build are shown', async () => {
  const metrics = openMetrics('watcher', { version: '1.2.3' });
  metrics.counter({ name: 'runs_total', help: 'Runs.', labelNames: ['result'] }).inc({ result: 'Succeeded' });
  const { body, contentType } = await metrics.scrape();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('neo4jbackup_runs_total{result="Succeeded"} 1');
  expect(body).toMatch(/neo4jbackup_build_info\{service="watcher",version="1\.2\.3",node="[\d.]+"\} 1/);
  expect(body).toContain('process_cpu_seconds_total');
});

test('a collected gauge shows what is true at the scrape, and what is gone drops out', async () => {
  let samples: Sample<'name'>[] = [{ labels: { name: 'orders' }, value: 3 }];
  const metrics = openMetrics('watcher', { version: '1' });
  metrics.collected({ name: 'chain_length', help: 'Length.', labelNames: ['name'], collect: () => samples });
  expect((await metrics.scrape()).body).toContain('neo4jbackup_chain_length{name="orders"} 3');
  samples = [{ labels: { name: 'stock' }, value: 1 }];
  const { body } = await metrics.scrape();
  expect(body).toContain('neo4jbackup_chain_length{name="stock"} 1');
  expect(body).not.toContain('orders');
});

test('a value that does not exist is absent, never 0', async () => {
  let samples: Sample[] = [];
  const metrics = openMetrics('watcher', { version: '1' });
  metrics.collected({ name: 'leader', help: 'Leader.', collect: () => samples });
  expect((await metrics.scrape()).body).not.toMatch(/^neo4jbackup_leader/m);
  samples = [{ value: 1 }];
  expect((await metrics.scrape()).body).toMatch(/^neo4jbackup_leader 1$/m);
  samples = [];
  expect((await metrics.scrape()).body).not.toMatch(/^neo4jbackup_leader/m);
});

test('a gauge that cannot be computed is absent, counted and told, and the others are shown', async () => {
  const told: string[] = [];
  const metrics = openMetrics('watcher', { version: '1', onCollectError: (name) => told.push(name) });
  metrics.collected({ name: 'queue_up', help: 'Up.', collect: () => Promise.reject(new Error('no Redis')) });
  metrics.collected({ name: 'leader', help: 'Leader.', collect: () => [{ value: 1 }] });
  await metrics.scrape();
  const { body } = await metrics.scrape();
  expect(body).not.toMatch(/^neo4jbackup_queue_up/m);
  expect(body).toMatch(/^neo4jbackup_leader 1$/m);
  expect(body).toMatch(/scrape_errors_total\{metric="queue_up"\} [12]/);
  expect(told).toContain('queue_up');
});

test('a counter that is not shown goes on counting', async () => {
  let leads = false;
  const metrics = openMetrics('watcher', { version: '1' });
  const runs = metrics.counter({ name: 'runs_total', help: 'Runs.', labelNames: ['result'], shown: () => leads });
  runs.inc({ result: 'Failed' });
  expect((await metrics.scrape()).body).not.toContain('neo4jbackup_runs_total{');
  leads = true;
  expect((await metrics.scrape()).body).toContain('neo4jbackup_runs_total{result="Failed"} 1');
});
