import { expect, test } from 'vitest';
import { phaseDeadline } from '../run/deadlines.ts';
import { anEnding, aRetentionRun, at } from '../run/an-observed.ts';
import { expireRetention, planRetentionRun, settleRetention } from './retention-changes.ts';

const planned = {
  kept: 3,
  removed: 0,
  reclaimedBytes: 0,
  held: [],
  remove: Array.from({ length: 25 }, (_, index) => ({
    chain: `orders-${index}`,
    database: 'orders',
    artifacts: 1,
    bytes: 10,
    reason: 'Expired',
  })),
  removeCount: 25,
  reclaimBytes: 250,
};
const history = [anEnding()];

test('the plan stands in status before anything is removed', () => {
  const run = aRetentionRun();
  const status = planRetentionRun({ activeRun: run, history }, run.id, planned, at('02T02:01'));
  expect(status).toMatchObject({
    history,
    activeRun: { phase: 'Running', startedAt: '2026-03-02T02:01:00Z' },
    retention: { kept: 3, plan: { run: run.id, time: '2026-03-02T02:01:00Z', removeCount: 25, reclaimBytes: 250 } },
  });
  expect(status.retention?.plan?.remove).toHaveLength(20);
});

test('a run that plans again after a crash does not win time', () => {
  const run = aRetentionRun();
  const first = planRetentionRun({ activeRun: run }, run.id, planned, at('02T02:01'));
  const second = planRetentionRun(first, run.id, planned, at('02T02:50'));
  expect(second.activeRun && phaseDeadline(second.activeRun, undefined, undefined)).toEqual(at('02T03:01'));
});

test('retention leaves no entry in the history', () => {
  const activeRun = aRetentionRun();
  const status = settleRetention({ activeRun, history }, 'the occasion', { ...planned, removed: 25 }, at('02T02:02'));
  expect(status).toEqual({
    history,
    retention: {
      lastRunTime: '2026-03-02T02:02:00Z',
      cause: 'the occasion',
      kept: 3,
      removed: 25,
      held: [],
      totals: { removed: 25, reclaimedBytes: 0 },
    },
  });
  const again = settleRetention(status, 'another', { ...planned, removed: 5, reclaimedBytes: 50 }, at('03T02:02'));
  expect(again.retention?.totals).toEqual({ removed: 30, reclaimedBytes: 50 });
});

test('an expiry that was answered does not stay', () => {
  const before = { retention: { nextExpiry: '2026-03-02T02:00:00Z' } };
  expect(settleRetention(before, 'c', planned, at('02T02:02')).retention?.nextExpiry).toBeUndefined();
  const nextExpiry = '2026-03-05T00:00:00Z';
  const after = settleRetention(before, 'c', { ...planned, nextExpiry }, at('02T02:02'));
  expect(after.retention?.nextExpiry).toBe(nextExpiry);
});

test('retention that nobody finished is told, is no failed backup, and comes again by itself', () => {
  const status = expireRetention({ activeRun: aRetentionRun(), history }, 'nobody finished it', at('02T03:00'));
  expect(status).toEqual({
    history,
    retention: {
      lastRunTime: '2026-03-02T03:00:00Z',
      cause: 'the occasion',
      removed: 0,
      held: [{ reason: 'RetentionFailed', message: 'nobody finished it' }],
      nextExpiry: '2026-03-02T04:00:00Z',
    },
  });
});
