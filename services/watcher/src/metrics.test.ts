import { backupFacts, slimFacts, type BackupFacts } from '@holdfast/core';
import { openMemoryQueue } from '@holdfast/queue';
import { openMetrics } from '@holdfast/runtime';
import type { HistoryEntry, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aWorld } from '../../../packages/access/src/a-world.ts';
import { wide } from './a-watcher.ts';
import { exportMetrics, type WatcherMetrics } from './metrics.ts';
import { openPlaces } from './places.ts';

interface Exported extends WatcherMetrics {
  value(line: string): Promise<number | undefined>;
}

function anExport(told: { leads?: boolean; status?: Status } = {}): Exported {
  const { status = {} } = told;
  const metrics = openMetrics('watcher', { version: 'test' });
  const world = {
    observe: () => undefined,
    backups: () => [facts(status)],
    synced: Promise.resolve(),
    restarts: () => ({ jobs: 2 }),
  };
  const given = { world, places: openPlaces(wide), doorbell: openMemoryQueue(), leads: () => told.leads ?? true };
  const counters = exportMetrics(metrics, given);
  return {
    ...counters,
    async value(line) {
      const { body } = await metrics.scrape();
      const found = body.split('\n').find((one) => one.startsWith(`neo4jbackup_${line} `));
      return found === undefined ? undefined : Number(found.split(' ').at(-1));
    },
  };
}

function facts(status: Status): BackupFacts {
  return slimFacts(backupFacts(aWorld({ spec: { schedule: '0 2 * * *' }, status }).backup()));
}

const entry = (told: Partial<HistoryEntry>): HistoryEntry => ({
  runId: 'one',
  trigger: 'Schedule',
  status: 'Succeeded',
  reason: 'Succeeded',
  ...told,
});
const missed = (told: Partial<HistoryEntry> = {}) =>
  entry({ runId: 'missed-1', status: 'Missed', reason: 'SlotMissed', ...told });
const of = (...history: HistoryEntry[]) => facts({ history });
const runs = 'runs_total{namespace="neo4j",name="nightly",result="Succeeded",reason="Succeeded"}';
const missedSlots = 'missed_slots_total{namespace="neo4j",name="nightly",reason="SlotMissed"}';

test('each settled run is counted once, and what was there before is no news', async () => {
  const { follow, value } = anExport();
  follow(of(entry({ runId: 'old' })), undefined);
  expect(await value(runs)).toBeUndefined();
  follow(of(entry({ runId: 'new' }), entry({ runId: 'old' })), of(entry({ runId: 'old' })));
  follow(of(entry({ runId: 'new' }), entry({ runId: 'old' })), of(entry({ runId: 'new' }), entry({ runId: 'old' })));
  expect(await value(runs)).toBe(1);
});

test('a replica that does not lead counts and shows nothing', async () => {
  const told = { leads: false };
  const { follow, value } = anExport(told);
  follow(of(entry({ runId: 'new' })), of());
  expect(await value(runs)).toBeUndefined();
  told.leads = true;
  expect(await value(runs)).toBe(1);
});

test('missed slots are counted by how many joined the entry', async () => {
  const { follow, value } = anExport();
  follow(of(missed({ count: 3 })), of());
  expect(await value(missedSlots)).toBe(3);
  follow(of(missed({ count: 5 })), of(missed({ count: 3 })));
  expect(await value(missedSlots)).toBe(5);
});

test('a slot that joins an entry without a count is one more', async () => {
  const { follow, value } = anExport();
  follow(of(missed()), of());
  expect(await value(missedSlots)).toBe(1);
  follow(of(missed({ count: 2 })), of(missed()));
  expect(await value(missedSlots)).toBe(2);
});

test('an object that took the name begins anew', async () => {
  const { follow, value } = anExport();
  follow({ ...of(entry({})), uid: 'another' }, of());
  expect(await value(runs)).toBeUndefined();
});

test('gauges tell what the objects say, and only the leader tells it', async () => {
  const status: Status = {
    history: [entry({ verification: { level: 'objects', time: '2026-03-01T02:01:10Z' } })],
    retention: { held: [{ reason: 'NoFreshBackup', message: 'old' }] },
  };
  const verified = 'last_verified_timestamp_seconds{namespace="neo4j",name="nightly",level="objects"}';
  const held = 'retention_held{namespace="neo4j",name="nightly",reason="NoFreshBackup"}';
  const depth = 'queue_depth{queue="backup",state="waiting"}';
  const leader = anExport({ status });
  expect(await leader.value(verified)).toBe(Date.parse('2026-03-01T02:01:10Z') / 1000);
  expect(await leader.value(held)).toBe(1);
  expect(await leader.value(depth)).toBe(0);
  expect(await leader.value('leader')).toBe(1);
  const other = anExport({ status, leads: false });
  for (const line of [verified, held, depth]) expect(await other.value(line)).toBeUndefined();
  expect(await other.value('watch_restarts_total{resource="jobs"}')).toBe(2);
});

test('proofs, restore points and chains are told as the record knows them, and what is not known is absent', async () => {
  const at = (time: string) => Date.parse(time) / 1000;
  const verification = { provenSince: '2026-03-05T00:00:00Z', chains: { whole: 2, broken: 1 }, damagedCount: 3 };
  const proven = entry({ verification: { level: 'consistency', time: '2026-03-04T02:00:00Z' } });
  const older = entry({ runId: 'two', verification: { level: 'content', time: '2026-03-03T02:00:00Z' } });
  const restorePoint = { time: '2026-03-04T02:00:00Z', transaction: 1, chain: 'c' };
  const { value } = anExport({ status: { history: [proven, older], verification, restorePoint } });
  const own = 'namespace="neo4j",name="nightly"';
  expect(await value(`last_verified_timestamp_seconds{${own},level="content"}`)).toBe(at('2026-03-05T00:00:00Z'));
  expect(await value(`last_verified_timestamp_seconds{${own},level="consistency"}`)).toBe(at('2026-03-04T02:00:00Z'));
  expect(await value(`restore_point_timestamp_seconds{${own}}`)).toBe(at('2026-03-04T02:00:00Z'));
  expect(await value(`chain_state{${own},state="Whole"}`)).toBe(2);
  expect(await value(`chain_state{${own},state="Broken"}`)).toBe(1);
  expect(await value(`damaged_artifacts{${own}}`)).toBe(3);
  const nothing = anExport();
  for (const name of ['restore_point_timestamp_seconds', 'damaged_artifacts'])
    expect(await nothing.value(`${name}{${own}}`)).toBeUndefined();
});
