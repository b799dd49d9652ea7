import type { Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aResult } from '../run/a-result.ts';
import { anAdmittedRun, anEnding, aRecordedRun, aRun, at, slotRunId } from '../run/an-observed.ts';
import {
  admitRun,
  missSlots,
  noteFinding,
  parkRun,
  recordRun,
  resumeSchedule,
  retryRun,
  settleRun,
  startRun,
} from './changes.ts';
import type { Ending } from './history-entry.ts';

const now = at('02T02:05');
const succeeded: Ending = { status: 'Succeeded', reason: 'Succeeded', message: 'fine', result: aResult() };
const failed: Ending = { status: 'Failed', reason: 'EngineFailed', message: 'exit code 1' };
const superseded: Ending = { status: 'Missed', reason: 'Superseded', message: 'no place in time' };
const settle = (status: Status, ending: Ending, limit = 20) =>
  settleRun({ ...status, activeRun: status.activeRun ?? aRun() }, ending, limit, now);

test('a recorded slot is answered', () => {
  const run = aRecordedRun();
  expect(recordRun({}, run, 0, 20)).toEqual({ activeRun: run, lastSlotTime: run.slot });
});

test('a recorded request is answered, and the last twenty tokens are remembered', () => {
  const { slot: _none, ...run } = aRecordedRun({ trigger: 'Request', token: 'new' });
  const lastRunTokens = Array.from({ length: 20 }, (_, index) => `token-${index}`);
  const status = recordRun({ lastRunTokens }, run, 0, 20);
  expect(status.lastRunTokens).toEqual(['new', ...lastRunTokens.slice(0, 19)]);
  expect(status.lastSlotTime).toBeUndefined();
});

test('the slots before the one that is caught up are counted in one entry', () => {
  const status = recordRun({ history: [anEnding({ runId: 's1' })] }, aRecordedRun(), 3, 20);
  expect(status).toMatchObject({
    missedSlots: 3,
    lastSlotTime: '2026-03-02T02:00:00Z',
    history: [{ status: 'Missed', reason: 'SlotMissed', count: 3, trigger: 'Schedule' }, { runId: 's1' }],
  });
  expect(status.history?.[0]?.slot).toBeUndefined();
});

test('gaps that follow each other share an entry, gaps with a run between them do not', () => {
  const first = missSlots({}, at('02T02:00'), 2, 20);
  const joined = missSlots(first, at('03T02:00'), 5, 20);
  expect(joined).toMatchObject({ missedSlots: 7, lastSlotTime: '2026-03-03T02:00:00Z' });
  expect(joined.history).toMatchObject([{ count: 7, slot: '2026-03-03T02:00:00Z', reason: 'SlotSkipped' }]);
  expect(joined.history?.[0]?.runId).toBe(first.history?.[0]?.runId);
  const between = { ...joined, history: [anEnding(), ...(joined.history ?? [])] };
  const apart = missSlots(between, at('05T02:00'), 1, 20);
  expect(apart.history).toMatchObject([{ count: 1 }, { status: 'Succeeded' }, { count: 7 }]);
  expect(new Set(apart.history?.map(({ runId }) => runId)).size).toBe(3);
});

test('a resumed schedule answers what has passed, and a clock that went back opens nothing again', () => {
  expect(resumeSchedule({}, now).lastSlotTime).toBe('2026-03-02T02:05:00Z');
  expect(resumeSchedule({ lastSlotTime: '2026-03-02T02:00:00Z' }, now).lastSlotTime).toBe('2026-03-02T02:05:00Z');
  expect(resumeSchedule({ lastSlotTime: '2026-03-03T02:00:00Z' }, now).lastSlotTime).toBe('2026-03-03T02:00:00Z');
});

test('an admitted run no longer waits for its place', () => {
  const waitingFor = { reason: 'WaitingForPlace', message: 'full', since: '2026-03-02T02:00:00Z' };
  const { activeRun } = admitRun({ activeRun: aRecordedRun({ waitingFor }) }, now);
  expect(activeRun).toEqual(anAdmittedRun({ admittedAt: '2026-03-02T02:05:00Z' }));
});

test('a wait goes on counting from its beginning while its reason stays, and keeps only what the API knows', () => {
  const again = { reason: 'TargetNotReady', message: 'phase "Forming"', againMs: 60_000, kind: 'wait' } as const;
  const waiting = parkRun({ activeRun: anAdmittedRun() }, { ...again, message: 'phase "none"' }, at('02T02:01'));
  const still = parkRun(waiting, again, now);
  expect(still.activeRun?.waitingFor).toEqual({
    reason: 'TargetNotReady',
    message: 'phase "Forming"',
    since: '2026-03-02T02:01:00Z',
  });
  const other = parkRun(still, { reason: 'StorageDenied', message: 'no rights' }, now);
  expect(other.activeRun?.waitingFor?.since).toBe('2026-03-02T02:05:00Z');
});

test('a started run knows its Job and waits for nothing', () => {
  const activeRun = anAdmittedRun({
    attempt: 2,
    notBefore: '2026-03-02T02:04:00Z',
    waitingFor: { reason: 'TargetNotReady', message: 'no', since: '2026-03-02T02:01:00Z' },
  });
  const job = { name: 'nightly-backup', uid: 'job-2' };
  const status = startRun({ activeRun }, job, { expected: ['orders'], startedAt: now });
  expect(status).toEqual({
    lastRunTime: '2026-03-02T02:05:00Z',
    activeRun: aRun({
      attempt: 2,
      startedAt: '2026-03-02T02:05:00Z',
      job,
      expected: ['orders'],
    }),
  });
});

test('a retry is the next attempt of the same run and forgets the Job of the last', () => {
  const { activeRun } = retryRun({ activeRun: aRun() }, at('02T02:06'));
  expect(activeRun).toEqual(anAdmittedRun({ attempt: 2, notBefore: '2026-03-02T02:06:00Z' }));
});

test('no change invents a run', () => {
  const status = { lastSlotTime: '2026-03-02T02:00:00Z' };
  const waiting = { reason: 'TargetNotReady', message: 'no' } as const;
  for (const same of [admitRun(status, now), parkRun(status, waiting, now), retryRun(status, now)])
    expect(same).toEqual(status);
  expect(settleRun(status, failed, 20, now)).toEqual(status);
});

// The end of a run

test('an empty DIFF leaves the restore point at the transaction that its chain ended with', () => {
  const before = { time: '2026-03-01T02:00:30Z', transaction: 512, chain: 'orders-1' };
  const empty = aResult({
    databases: [{ name: 'orders', chain: 'orders-1', type: 'DIFF', lowestTx: 0, highestTx: 0 }],
  });
  const ending = { ...succeeded, result: empty };
  expect(settle({ restorePoint: before }, ending).restorePoint).toMatchObject({ transaction: 512, chain: 'orders-1' });
});

test('a proven run stands in the history with its figures', () => {
  const status = settle({ consecutiveFailures: 2 }, succeeded);
  expect(status.activeRun).toBeUndefined();
  expect(status).toMatchObject({
    lastSuccessTime: '2026-03-02T02:03:42Z',
    consecutiveFailures: 0,
    restorePoint: { time: '2026-03-02T02:00:30Z', transaction: 512, chain: 'orders-1' },
    stats: { size: '1.2 GiB', sizeBytes: 1_288_490_189, duration: '3m12s', durationSeconds: 192, fileCount: 2 },
  });
  expect(status.history).toMatchObject([
    {
      runId: slotRunId,
      trigger: 'Schedule',
      slot: '2026-03-02T02:00:00Z',
      type: 'FULL',
      startTime: '2026-03-02T02:00:30Z',
      completionTime: '2026-03-02T02:03:42Z',
      status: 'Succeeded',
      reason: 'Succeeded',
      verification: { level: 'objects', time: '2026-03-02T02:05:00Z' },
      databaseCount: 2,
      failedDatabaseCount: 0,
    },
  ]);
  expect(status.history?.[0]?.error).toBeUndefined();
});

test('a failure counts, says why, and proves nothing', () => {
  const before = { lastSuccessTime: '2026-03-01T02:03:00Z', consecutiveFailures: 1 };
  const status = settle(before, { ...failed, result: aResult({ outcome: 'Failed' }) });
  expect(status).toMatchObject({ lastSuccessTime: before.lastSuccessTime, consecutiveFailures: 2 });
  expect(status.history?.[0]).toMatchObject({ status: 'Failed', error: 'exit code 1', reason: 'EngineFailed' });
  expect(status.history?.[0]?.verification).toBeUndefined();
});

test('a failure without a result still tells when it was', () => {
  expect(settle({}, failed).history?.[0]).toMatchObject({
    startTime: '2026-03-02T02:00:00Z',
    completionTime: '2026-03-02T02:05:00Z',
  });
});

test('a success in part does not move the last success', () => {
  const partly: Ending = { ...succeeded, status: 'PartiallySucceeded', reason: 'DatabaseMissing' };
  const status = settle({}, partly);
  expect(status.lastSuccessTime).toBeUndefined();
  expect(status.consecutiveFailures).toBe(1);
  expect(status.history?.[0]?.verification).toMatchObject({ level: 'objects' });
});

test('of many databases ten stand in the history, those that failed first', () => {
  const databases = Array.from({ length: 30 }, (_, index) => ({
    name: `db-${index}`,
    ...(index >= 28 && { error: 'offline' }),
  }));
  const counts = { expected: 30, succeeded: 28, files: 28, bytes: 1, durationMs: 1 };
  const entry = settle({}, { ...succeeded, result: aResult({ databases, counts }) }).history?.[0];
  expect(entry?.databases).toHaveLength(10);
  expect(entry?.databases?.slice(0, 3).map(({ name }) => name)).toEqual(['db-28', 'db-29', 'db-0']);
  expect(entry).toMatchObject({ databaseCount: 30, failedDatabaseCount: 2 });
});

test('a run that already stands in the history is not entered again', () => {
  const once = settle({}, succeeded);
  const twice = settle({ ...once, activeRun: aRun() }, failed);
  expect(twice.history).toEqual(once.history);
  expect(twice.activeRun).toBeUndefined();
});

test('the history keeps as many entries as the spec says', () => {
  const history = Array.from({ length: 5 }, (_, index) => anEnding({ runId: `s${index}` }));
  expect(settle({ history }, failed, 3).history?.map(({ runId }) => runId)).toEqual([slotRunId, 's0', 's1']);
});

test('a superseded slot is missed, which is no failure', () => {
  const status = settle({ consecutiveFailures: 1, missedSlots: 4 }, superseded);
  expect(status).toMatchObject({ missedSlots: 5, consecutiveFailures: 1 });
  expect(status.history?.[0]).toMatchObject({ runId: slotRunId, status: 'Missed', reason: 'Superseded' });
});

test('slots superseded one after the other share the entry of the first', () => {
  const first = settle({ history: [anEnding({ runId: 's0' })] }, superseded);
  const next = aRun({ id: 'next', slot: '2026-03-03T02:00:00Z' });
  const { history } = settle({ ...first, activeRun: next }, superseded);
  expect(history).toMatchObject([{ runId: slotRunId, slot: '2026-03-03T02:00:00Z', count: 2 }, { runId: 's0' }]);
});

test('a finding becomes a condition of the generation it was made for', () => {
  const finding = { type: 'StorageReady', status: 'False', reason: 'BucketMissing', message: 'no bucket' } as const;
  expect(noteFinding({}, finding, 4, now).conditions).toEqual([
    { ...finding, lastTransitionTime: '2026-03-02T02:05:00Z', observedGeneration: 4 },
  ]);
});

test('the volume of a claim is looked at with each run, survives one that failed early, and is forgotten with the claim', () => {
  const volume = { capacityBytes: 1_000, freeBytes: 400 };
  const first = settle({}, { ...succeeded, result: aResult({ volume }) });
  expect(first.volume).toMatchObject({ usedBytes: 600, capacityBytes: 1_000, samples: [{ usedBytes: 600 }] });
  expect(settle(first, failed).volume).toEqual(first.volume);
  expect(settle(first, { ...failed, result: aResult({ outcome: 'Failed' }) }).volume).toEqual(first.volume);
  expect(settle(first, succeeded)).not.toHaveProperty('volume');
});
