import { setImmediate as breathe } from 'node:timers/promises';
import { backupFacts, slimFacts, type BackupFacts, type JobFacts, type Observed } from '@holdfast/core';
import { openMemoryQueue, type MemoryQueue } from '@holdfast/queue';
import { openMetrics } from '@holdfast/runtime';
import type { HistoryEntry, Neo4jBackup, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anAdmittedRun, aWorld } from '../../../../packages/access/src/a-world.ts';
import { wide } from '../a-watcher.ts';
import { openPlaces } from '../places.ts';
import { exportMetrics, type WatcherMetrics } from './export-metrics.ts';

interface Exported extends WatcherMetrics {
  readonly doorbell: MemoryQueue;
  value(line: string): Promise<number | undefined>;
  page(): Promise<string>;
}

const now = new Date('2026-03-02T02:10:00Z');

function anExport(
  told: { leads?: boolean; synced?: Promise<void>; status?: Status; seen?: () => Observed[] } = {},
): Exported {
  const metrics = openMetrics('watcher', { version: 'test' });
  const seen = told.seen ?? (() => [{ backup: facts(told.status ?? {}) }]);
  const world = {
    observe: (key: string) => seen().find(({ backup }) => `${backup.key.namespace}/${backup.key.name}` === key),
    backups: () => seen().map(({ backup }) => backup),
    synced: told.synced ?? Promise.resolve(),
    restarts: () => ({ jobs: 2 }),
  };
  const doorbell = openMemoryQueue();
  const leads = () => told.leads ?? true;
  const counters = exportMetrics(metrics, {
    world,
    places: openPlaces(wide, () => now),
    doorbell,
    leads,
    now: () => now,
  });
  const page = async () => {
    await breathe(); // a listing that is complete is known in a moment, as every promise is
    return (await metrics.scrape()).body;
  };
  return {
    ...counters,
    doorbell,
    page,
    async value(line) {
      const found = (await page()).split('\n').find((one) => one.startsWith(`neo4jbackup_${line} `));
      return found === undefined ? undefined : Number(found.split(' ').at(-1));
    },
  };
}

function facts(status: Status, more: Partial<Neo4jBackup['metadata']> & { spec?: object } = {}): BackupFacts {
  const { spec, ...metadata } = more;
  const backup = aWorld({ spec: { schedule: '0 2 * * *', ...spec }, status }).backup();
  return slimFacts(backupFacts({ ...backup, metadata: { ...backup.metadata, ...metadata } }));
}

const entry = (told: Partial<HistoryEntry> = {}): HistoryEntry => ({
  runId: 'one',
  trigger: 'Schedule',
  status: 'Succeeded',
  reason: 'Succeeded',
  ...told,
});
const nightly = 'namespace="neo4j",name="nightly"';
const at = (time: string) => Date.parse(time) / 1000;

test('each backup is there from the start, with what it is told apart by and no time that does not exist', async () => {
  const { page } = anExport();
  const lines = (await page()).split('\n').filter((line) => line.includes(nightly));
  expect(lines).toEqual([
    `neo4jbackup_info{${nightly},suspended="false",target_kind="Cluster",storage="s3",type="AUTO"} 1`,
    `neo4jbackup_expected_interval_seconds{${nightly}} 86400`,
    `neo4jbackup_consecutive_failures{${nightly}} 0`,
  ]);
});

test('a spec that is refused is there, too', async () => {
  const { value } = anExport({ seen: () => [{ backup: facts({}, { spec: { schedule: 'never' } }) }] });
  const unknown = 'suspended="unknown",target_kind="unknown",storage="unknown",type="unknown"';
  expect(await value(`info{${nightly},${unknown}}`)).toBe(1);
});

test('objects of another operator are left out', async () => {
  const backup = facts({ lastSuccessTime: 'whenever' }, { finalizers: ['neo4j.com/backup-finalizer'] });
  expect(await anExport({ seen: () => [{ backup }] }).page()).not.toContain(nightly);
});

test('freshness and outcome are what the status says', async () => {
  const { value } = anExport({
    status: {
      phase: 'Scheduled',
      lastSuccessTime: '2026-03-01T02:03:00Z',
      nextRunTime: '2026-03-03T02:00:00Z',
      consecutiveFailures: 2,
      stats: { size: '1 KiB', sizeBytes: 1024, durationSeconds: 61.5 },
      history: [
        entry({ runId: 'm', status: 'Missed', reason: 'SlotMissed' }),
        entry({ status: 'Failed', reason: 'JobLost' }),
      ],
    },
  });
  expect(await value(`last_success_timestamp_seconds{${nightly}}`)).toBe(at('2026-03-01T02:03:00Z'));
  expect(await value(`next_run_timestamp_seconds{${nightly}}`)).toBe(at('2026-03-03T02:00:00Z'));
  expect(await value(`consecutive_failures{${nightly}}`)).toBe(2);
  expect(await value(`last_run_success{${nightly}}`)).toBe(0);
  expect(await value(`last_duration_seconds{${nightly}}`)).toBe(61.5);
  expect(await value(`last_size_bytes{${nightly}}`)).toBe(1024);
  expect(await value(`phase{${nightly},phase="Scheduled"}`)).toBe(1);
});

test('counters are totals of the objects: whoever leads shows the same, and those of a removed backup go', async () => {
  const totals = [
    { status: 'Succeeded', reason: 'Succeeded', count: 40 },
    { status: 'Failed', reason: 'TempSpace', count: 2 },
    { status: 'Missed', reason: 'SlotMissed', count: 7 },
  ] as const;
  let seen: Observed[] = [{ backup: facts({ totals: [...totals], history: [entry()] }) }];
  const watchers = [anExport({ seen: () => seen }), anExport({ seen: () => seen })];
  for (const { value } of watchers) {
    expect(await value(`runs_total{${nightly},result="Succeeded",reason="Succeeded"}`)).toBe(40);
    expect(await value(`runs_total{${nightly},result="Failed",reason="TempSpace"}`)).toBe(2);
    expect(await value(`missed_slots_total{${nightly},reason="SlotMissed"}`)).toBe(7);
  }
  seen = [];
  for (const { page } of watchers) expect(await page()).not.toContain(nightly);
});

test('only the leader shows what is computed from objects, and only when it has seen all of them', async () => {
  const synced = Promise.withResolvers<void>();
  const told = { leads: true, synced: synced.promise };
  const { page, value } = anExport(told);
  const shown = async () => {
    const seen = await page();
    return ['info', 'queue_depth', 'queue_rings'].filter((name) => seen.includes(`neo4jbackup_${name}{`));
  };
  expect(await shown()).toEqual([]);
  synced.resolve();
  expect(await shown()).toEqual(['info', 'queue_depth', 'queue_rings']);
  expect(await value('leader')).toBe(1);
  told.leads = false;
  expect(await shown()).toEqual([]);
  expect(await value('leader')).toBe(0);
  expect(await value('watch_restarts_total{resource="jobs"}')).toBe(2);
});

test('the lines before the workers are computed from the objects, whatever Redis says', async () => {
  const run = anAdmittedRun({ recordedAt: '2026-03-02T02:00:00Z', admittedAt: '2026-03-02T02:00:00Z' });
  const of = (name: string, status: Status): Observed => ({ backup: facts(status, { name }) });
  const waitingFor = { reason: 'TargetNotReady', message: 'not ready', since: '2026-03-02T02:00:00Z' };
  const job: JobFacts = {
    name: 'ended-backup',
    uid: 'job',
    runId: run.id,
    attempt: 1,
    createdAt: new Date('2026-03-02T02:00:00Z'),
    deleting: false,
    state: 'Succeeded',
    endedAt: new Date('2026-03-02T02:09:00Z'),
  };
  const all = [
    of('ready', { activeRun: run }),
    of('parked', { activeRun: { ...run, waitingFor } }),
    of('due', { nextRunTime: '2026-03-02T02:08:00Z' }),
    { ...of('ended', { activeRun: { ...run, phase: 'Starting' } }), job },
  ];
  const { doorbell, value } = anExport({ seen: () => all });
  doorbell.setUp(false);
  for (const [state, count] of Object.entries({ due: 1, recorded: 0, ready: 1, parked: 1, running: 0 }))
    expect(await value(`queue_depth{queue="backup",state="${state}"}`), state).toBe(count);
  expect(await value('queue_depth{queue="verify",state="ready"}')).toBe(1);
  expect(await value('queue_depth{queue="retention",state="ready"}')).toBe(0);
  expect(await value('queue_oldest_age_seconds{queue="backup"}')).toBe(600);
  expect(await value('queue_oldest_age_seconds{queue="verify"}')).toBe(60);
  expect(await value('queue_oldest_age_seconds{queue="retention"}')).toBeUndefined();
  expect(await value('queue_rings{queue="backup",state="waiting"}')).toBeUndefined();
  doorbell.setUp(true);
  await doorbell.ring('backup', { v: 1, namespace: 'neo4j', name: 'ready' });
  expect(await value('queue_rings{queue="backup",state="waiting"}')).toBe(1);
});

test('how long a run took is counted once, when it is new; what was there before is no news', async () => {
  const took = (seconds: number, told: Partial<HistoryEntry> = {}) =>
    entry({
      startTime: '2026-03-02T02:00:00Z',
      completionTime: new Date(Date.parse('2026-03-02T02:00:00Z') + seconds * 1000).toISOString(),
      ...told,
    });
  const { follow, value } = anExport();
  const before = facts({ history: [took(10, { runId: 'old' })] });
  follow(before, undefined);
  const after = facts({ history: [took(90, { runId: 'new' }), took(10, { runId: 'old' })] });
  follow(after, before);
  follow(after, after);
  follow({ ...facts({ history: [took(90, { runId: 'its' })] }), uid: 'another' }, before);
  follow(facts({ history: [took(90, { runId: 'm', status: 'Missed' }), ...(after.status.history ?? [])] }), after);
  expect(await value('run_duration_seconds_count{result="Succeeded"}')).toBe(1);
  expect(await value('run_duration_seconds_sum{result="Succeeded"}')).toBe(90);
});

test('proofs, restore points, chains and holds are told as the record knows them', async () => {
  const verification = { provenSince: '2026-03-05T00:00:00Z', chains: { whole: 2, broken: 1 }, damagedCount: 3 };
  const proven = entry({ verification: { level: 'consistency', time: '2026-03-04T02:00:00Z' } });
  const older = entry({ runId: 'two', verification: { level: 'content', time: '2026-03-03T02:00:00Z' } });
  const restorePoint = { time: '2026-03-04T02:00:00Z', transaction: 1, chain: 'c' };
  const held = [
    { reason: 'NoFreshBackup', message: 'old' },
    { reason: 'NoFreshBackup', message: 'older' },
  ];
  const plan = { run: 'p', time: '', remove: [], removeCount: 1, archive: [], reclaimBytes: 500, keepBytes: 700 };
  const totals = { removed: 12, reclaimedBytes: 3400 };
  const retention = { held, lastRunTime: '2026-03-04T03:00:00Z', plan, totals };
  const volume = { time: '', usedBytes: 30, capacityBytes: 100, freeBytes: 70, daysUntilFull: 7, samples: [] };
  const status: Status = { history: [proven, older], verification, restorePoint, retention, volume };
  const backup = facts(status, { spec: { retention: { maxCount: 3 } } });
  const { value } = anExport({ seen: () => [{ backup }] });
  expect(await value(`last_verified_timestamp_seconds{${nightly},level="content"}`)).toBe(at('2026-03-05T00:00:00Z'));
  expect(await value(`last_verified_timestamp_seconds{${nightly},level="consistency"}`)).toBe(
    at('2026-03-04T02:00:00Z'),
  );
  expect(await value(`restore_point_timestamp_seconds{${nightly}}`)).toBe(at('2026-03-04T02:00:00Z'));
  expect(await value(`chain_state{${nightly},state="Whole"}`)).toBe(2);
  expect(await value(`chain_state{${nightly},state="Broken"}`)).toBe(1);
  expect(await value(`damaged_artifacts{${nightly}}`)).toBe(3);
  expect(await value(`retention_held{${nightly},reason="NoFreshBackup"}`)).toBe(1);
  expect(await value(`retention_last_run_timestamp_seconds{${nightly}}`)).toBe(at('2026-03-04T03:00:00Z'));
  expect(await value(`retention_plan_bytes{${nightly},action="keep"}`)).toBe(700);
  expect(await value(`retention_plan_bytes{${nightly},action="remove"}`)).toBe(500);
  expect(await value(`retention_removed_total{${nightly},reason="Expired"}`)).toBe(12);
  expect(await value(`retention_reclaimed_bytes_total{${nightly}}`)).toBe(3400);
  expect(await value(`storage_used_bytes{${nightly}}`)).toBe(30);
  expect(await value(`storage_capacity_bytes{${nightly}}`)).toBe(100);
  expect(await value(`storage_days_until_full{${nightly}}`)).toBe(7);
  const waiting = facts(
    { retention: { plan: { ...plan, consent: 'Waiting' } } },
    { spec: { retention: { maxCount: 3 } } },
  );
  const waits = anExport({ seen: () => [{ backup: waiting }] });
  expect(await waits.value(`retention_plan_bytes{${nightly},action="hold"}`)).toBe(500);
  expect(await waits.value(`retention_plan_bytes{${nightly},action="remove"}`)).toBeUndefined();
  const withoutPolicy = anExport({ status });
  expect(await withoutPolicy.value(`retention_last_run_timestamp_seconds{${nightly}}`)).toBeUndefined();
});
