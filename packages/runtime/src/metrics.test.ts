import { expect, test } from 'vitest';
import { openMetrics, type SamplesOf } from './metrics.ts';

const open = () => openMetrics('watcher', { version: '1.2.3' });

test('names carry the prefix, and the process and its build are shown', async () => {
  const metrics = open();
  metrics.counter('kube_requests_total').inc({ code: '200' });
  const { body, contentType } = await metrics.scrape();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('neo4jbackup_kube_requests_total{code="200"} 1');
  expect(body).toContain('# TYPE neo4jbackup_kube_requests_total counter');
  expect(body).toMatch(/neo4jbackup_build_info\{service="watcher",version="1\.2\.3",node="[\d.]+"\} 1/);
  expect(body).toContain('process_cpu_seconds_total');
});

test('what is computed at the scrape shows what is true then, and what is gone drops out', async () => {
  const orders = { namespace: 'neo4j', name: 'orders' };
  let samples: SamplesOf<'runs_total'> = [{ labels: { ...orders, result: 'Failed', reason: 'TempSpace' }, value: 3 }];
  const metrics = open();
  metrics.collected('runs_total', () => samples);
  metrics.collected('damaged_artifacts', () => samples.map(({ value }) => ({ labels: orders, value })));
  const counted = 'runs_total{namespace="neo4j",name="orders",result="Failed",reason="TempSpace"} 3';
  expect((await metrics.scrape()).body).toContain(`neo4jbackup_${counted}`);
  expect((await metrics.scrape()).body).toContain(`neo4jbackup_${counted}`);
  expect((await metrics.scrape()).body).toContain('neo4jbackup_damaged_artifacts{namespace="neo4j",name="orders"} 3');
  samples = [];
  expect((await metrics.scrape()).body).not.toContain('orders');
});

test('a value that does not exist is absent, never 0', async () => {
  let samples: SamplesOf<'leader'> = [];
  const metrics = open();
  metrics.collected('leader', () => samples);
  expect((await metrics.scrape()).body).not.toMatch(/^neo4jbackup_leader/m);
  samples = [{ value: 1 }];
  expect((await metrics.scrape()).body).toMatch(/^neo4jbackup_leader 1$/m);
  samples = [];
  expect((await metrics.scrape()).body).not.toMatch(/^neo4jbackup_leader/m);
});

test('a metric that cannot be computed is absent, counted and told, and the others are shown', async () => {
  const told: string[] = [];
  const metrics = openMetrics('watcher', { version: '1', onCollectError: (name) => told.push(name) });
  let up = true;
  metrics.collected('queue_up', async () => {
    if (!up) throw new Error('no Redis');
    return [{ value: 1 }];
  });
  metrics.collected('leader', () => [{ value: 1 }]);
  expect((await metrics.scrape()).body).toMatch(/^neo4jbackup_queue_up 1$/m);
  up = false;
  await metrics.scrape();
  const { body } = await metrics.scrape();
  expect(body).not.toMatch(/^neo4jbackup_queue_up/m);
  expect(body).toMatch(/^neo4jbackup_leader 1$/m);
  expect(body).toMatch(/scrape_errors_total\{metric="queue_up"\} [12]/);
  expect(told).toContain('queue_up');
});

test('pages that are asked for at once are made once', async () => {
  const metrics = open();
  let computed = 0;
  metrics.collected('runs_total', async () => {
    computed += 1;
    return [{ labels: { name: 'orders' }, value: 2 }];
  });
  const pages = await Promise.all([metrics.scrape(), metrics.scrape()]);
  for (const { body } of pages) expect(body).toContain('neo4jbackup_runs_total{name="orders"} 2');
  expect(computed).toBe(1);
});

test('a histogram that is not shown goes on counting', async () => {
  let leads = false;
  const metrics = open();
  const durations = metrics.histogram('run_duration_seconds', { buckets: [60, 600], shown: () => leads });
  durations.observe({ result: 'Succeeded' }, 90);
  expect((await metrics.scrape()).body).not.toContain('run_duration_seconds');
  leads = true;
  expect((await metrics.scrape()).body).toContain(
    'neo4jbackup_run_duration_seconds_bucket{le="600",result="Succeeded"} 1',
  );
  leads = false;
  expect((await metrics.scrape()).body).not.toContain('run_duration_seconds');
});

test('no gauge has the name of a counter', async () => {
  const { body } = await open().scrape();
  expect(body).not.toMatch(/^# TYPE \w+_total gauge$/m);
});
