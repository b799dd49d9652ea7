import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { metricCatalogue, type MetricEntry } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prometheusForTests } from '../prometheus/find-prometheus.ts';
import { startPrometheus, type Prometheus } from '../prometheus/start-prometheus.ts';
import { until } from '../until.ts';
import { bucket, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const programs = await prometheusForTests('what a real Prometheus sees of the services');
const namespace = 'neo4j';
const services = ['watcher', 'worker', 'retention'] as const;

describe.skipIf(!program || !programs)('a real Prometheus', { concurrent: false }, () => {
  let journey: Journey;
  let prometheus: Prometheus;

  beforeAll(async () => {
    if (!programs) return;
    prometheus = await startPrometheus(programs);
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('seen');
    await journey.namespace(namespace);
    await journey.target({ name: 'prod', namespace });
    await watchServices();
  });
  afterAll(async () => {
    await journey?.stop();
    await prometheus?.stop();
  });

  test('reads every page, and each says what it is', async () => {
    await untilValue('sum(up)', 3);
    for (const service of services) {
      const series = await prometheus.query(`neo4jbackup_build_info{job="${service}"}`);
      expect(series).toEqual([{ labels: expect.objectContaining({ service, job: service }), value: 1 }]);
      expect(await prometheus.value(`process_resident_memory_bytes{job="${service}"}`)).toBeGreaterThan(2 ** 20);
      expect(await prometheus.value(`process_cpu_seconds_total{job="${service}"}`)).toBeGreaterThan(0);
      expect(await prometheus.value(`neo4jbackup_queue_up{job="${service}"}`)).toBe(1);
    }
    await untilValue('neo4jbackup_leader', 1);
    expect(await prometheus.value('sum(neo4jbackup_workers_total{job="worker"})')).toBeGreaterThan(0);
    expect(await prometheus.value('sum(neo4jbackup_kube_requests_total{job="watcher",code="200"})')).toBeGreaterThan(0);
  });

  test.each(services)(
    'promtool has no complaint about the page of %s, which shows what the catalogue says',
    async (service) => {
      const page = await (await fetch(`${await journey.cluster.services.url(service)}/metrics`)).text();
      const complaints = await promtool(['check', 'metrics'], page);
      expect(complaints.filter((line) => !line.startsWith(`${agreed} `))).toEqual([]);
      const shown = [...page.matchAll(/^# TYPE neo4jbackup_(\w+) (\w+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
      expect(shown.toSorted()).toEqual(catalogued(service));
    },
  );

  test('sees how old the last success is, which slot is next, and goes on when the clock does', async () => {
    const { clock } = journey.cluster;
    await journey.apply(namespace, 'nightly', spec({ schedule: '0 2 * * *', retention: { maxCount: 3 } }));
    await untilValue(of('info', 'nightly', 'suspended="false",target_kind="Cluster",storage="s3",type="AUTO"'), 1);
    expect(await prometheus.query(of('last_success_timestamp_seconds', 'nightly'))).toEqual([]);
    const fresh = async (runs: number) => {
      const slot = await until(async () => (await journey.status(namespace, 'nightly')).nextRunTime);
      clock.reach(new Date(Date.parse(slot) + 1_000));
      return journey.when(namespace, 'nightly', succeeded(runs));
    };
    for (const runs of [1, 2]) {
      const { lastSuccessTime, nextRunTime, restorePoint } = await fresh(runs);
      const times = {
        last_success_timestamp_seconds: lastSuccessTime,
        next_run_timestamp_seconds: nextRunTime,
        restore_point_timestamp_seconds: restorePoint?.time,
      };
      for (const [name, time] of Object.entries(times)) await untilValue(of(name, 'nightly'), seconds(time));
    }
    await untilValue(of('expected_interval_seconds', 'nightly'), 86_400);
    const stale = (by: number) =>
      `(${clock.now().getTime() / 1000 + by} - neo4jbackup_last_success_timestamp_seconds{name="nightly"}) > 2 * neo4jbackup_expected_interval_seconds + 1800`;
    expect(await prometheus.query(stale(0))).toEqual([]);
    expect(await prometheus.query(stale(3 * 86_400))).toHaveLength(1);
    expect(await prometheus.value(`count(${of('last_verified_timestamp_seconds', 'nightly')})`)).toBe(1);
    await untilValue(of('phase', 'nightly', 'phase="Scheduled"'), 1);
    await untilValue(`${of('last_size_bytes', 'nightly')} > bool 0`, 1);
    await untilValue('sum(neo4jbackup_run_duration_seconds_count{result="Succeeded"}) >= bool 2', 1);
  });

  test('counts each end and each missed slot once, also when the leader dies', async () => {
    const { clock, services: running } = journey.cluster;
    const ends = (name: string) => `sum by (result) (max without (instance) (${of('runs_total', name)}))`;
    await journey.apply(namespace, 'counted', spec({ schedule: '0 3 * * *', startingDeadlineSeconds: 60 }));
    await journey.kubectl.ok('annotate', 'n4jb', 'counted', '-n', namespace, 'neo4j.neo4j.com/run=1');
    await journey.when(namespace, 'counted', succeeded(1));
    await untilValue(ends('counted'), 1);
    await untilValue(of('last_run_success', 'counted'), 1);

    await journey.kubectl.ok('annotate', 'n4jb', 'counted', '-n', namespace, 'neo4j.neo4j.com/run=2', '--overwrite');
    await journey.when(namespace, 'counted', ({ activeRun }) => activeRun);
    running.kill('watcher', 'SIGKILL');
    await journey.when(namespace, 'counted', succeeded(2));
    await watchServices();
    await untilValue(ends('counted'), 2);

    const slot = Date.parse((await journey.status(namespace, 'counted')).nextRunTime ?? '');
    clock.reach(new Date(slot + 300_000));
    const { missedSlots } = await journey.when(namespace, 'counted', (status) => status.missedSlots);
    await untilValue(of('missed_slots_total', 'counted', 'reason="SlotSkipped"'), missedSlots);

    await journey.apply(namespace, 'hopeless', spec({ options: { additionalArgs: ['--no-such-option'], retries: 0 } }));
    const { history } = await journey.when(namespace, 'hopeless', (status) => status.history?.[0]);
    const { status, reason } = history?.[0] ?? {};
    expect(status).toBe('Failed');
    await untilValue(of('runs_total', 'hopeless', `result="Failed",reason="${reason}"`), 1);
    await untilValue(of('consecutive_failures', 'hopeless'), 1);
    await untilValue(of('last_run_success', 'hopeless'), 0);

    await journey.kubectl.ok('delete', 'n4jb', 'hopeless', '-n', namespace);
    await until(async () => (await prometheus.query('{name="hopeless"}')).length === 0, {
      saying: 'its series are gone',
    });
  });

  test('understands each question of docs/metrics.md', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const blocks = [...page.matchAll(/^```promql\n([^`]*)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
    const questions = blocks.filter((line) => line !== '' && !line.startsWith('#'));
    expect(questions.length).toBeGreaterThan(4);
    for (const question of questions) await prometheus.query(question);
  });

  test('sees how much waits, and since when, while nobody works; and that it is done afterwards', async () => {
    const { clock, services: running } = journey.cluster;
    const depth = (state: string) => `neo4jbackup_queue_depth{queue="backup",state="${state}"}`;
    await running.stop('worker');
    await watchServices(['watcher', 'retention']);
    for (const name of ['first', 'second', 'third']) await journey.apply(namespace, name, spec());
    // One run of a target at a time: the others wait for their place, and no worker could help them.
    await untilValue(depth('ready'), 1);
    await untilValue(depth('recorded'), 2);
    await untilValue('neo4jbackup_runs_waiting{reason="WaitingForPlace"}', 2);
    await untilValue('neo4jbackup_queue_rings{queue="backup",state="waiting"}', 1);
    await journey.cluster.redis.restart(); // forgets everything
    await untilValue('neo4jbackup_queue_rebuilds_total{job="watcher"}', 1);
    await untilValue('neo4jbackup_queue_rings{queue="backup",state="waiting"}', 1);
    clock.advance(20 * 60_000);
    await untilValue('neo4jbackup_queue_oldest_age_seconds{queue="backup"} > bool 900', 1);

    running.start('worker');
    await watchServices();
    for (const name of ['first', 'second', 'third']) await journey.when(namespace, name, succeeded(1));
    await untilValue('sum(neo4jbackup_queue_depth)', 0);
    await until(async () => (await prometheus.query('neo4jbackup_queue_oldest_age_seconds')).length === 0);
    await untilValue('sum(neo4jbackup_queue_wait_seconds_count{queue="backup"}) >= bool 3', 1);
    await untilValue('neo4jbackup_event_to_job_seconds_count >= bool 3', 1);
    await untilValue('sum(neo4jbackup_scrape_errors_total) or vector(0)', 0);
  });

  /** Services listen somewhere else after each start. */
  async function watchServices(names: readonly string[] = services): Promise<void> {
    const { services: running } = journey.cluster;
    const urls = await Promise.all(names.map(async (name) => [name, await running.url(name)] as const));
    prometheus.watch(Object.fromEntries(urls));
  }

  async function untilValue(expression: string, wanted: number | undefined): Promise<void> {
    await until(
      async () => {
        expect(await prometheus.value(expression)).toBe(wanted);
        return true;
      },
      { saying: `${expression} is ${wanted}` },
    );
  }

  /** Lines of complaint. */
  async function promtool(args: readonly string[], input: string): Promise<string[]> {
    const child = spawn(programs?.promtool ?? '', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(input);
    const said = await Promise.all([text(child.stdout), text(child.stderr)]);
    return said.join('').split('\n').filter(Boolean);
  }
});

/** The name that the dashboards of users ask for; promtool would keep the ending for counters. */
const agreed = 'neo4jbackup_workers_total';

/** What a page has to show, by the catalogue. */
function catalogued(service: (typeof services)[number]): string[] {
  const from: Record<typeof service, readonly MetricEntry['from'][]> = {
    watcher: ['leader', 'watcher', 'each'],
    worker: ['loops', 'worker', 'each'],
    retention: ['loops', 'each'],
  };
  return Object.entries(metricCatalogue)
    .filter(([, entry]) => from[service].includes(entry.from))
    .map(([name, { kind }]) => `${name} ${kind}`)
    .toSorted();
}

function of(metric: string, name: string, labels = ''): string {
  return `neo4jbackup_${metric}{namespace="${namespace}",name="${name}"${labels && `,${labels}`}}`;
}

function seconds(time: string | undefined): number {
  return Date.parse(time ?? '') / 1000;
}

function spec(more: object = {}): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage: bucket('seen'), ...more };
}
