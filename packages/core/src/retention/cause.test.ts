import type { Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anEnding, at } from '../run/an-observed.ts';
import { settleRetention } from '../status/retention-changes.ts';
import { retentionCause } from './cause.ts';

const policy = { maxCount: 3 };
const now = at('03T00:00');
const nothing = { kept: 1, removed: 0, reclaimedBytes: 0, held: [], remove: [], removeCount: 0, reclaimBytes: 0 };
const after = (runId: string): Status => ({ history: [anEnding({ runId })] });

function causeOf(status: Status, policy_: { maxCount?: number; maxAgeMs?: number } = policy, time = now): string {
  const cause = retentionCause(policy_, status, time);
  if (!cause) throw new Error('no cause');
  return cause;
}

test('without a success nothing can have expired', () => {
  expect(retentionCause(policy, {}, now)).toBeUndefined();
  const failed = anEnding({ status: 'Failed', reason: 'EngineFailed' });
  expect(retentionCause(policy, { history: [failed] }, now)).toBeUndefined();
});

test('a success is a cause until it was answered, and a later failure is none', () => {
  const cause = causeOf(after('s1'));
  const answered = settleRetention(after('s1'), cause, nothing, now);
  expect(retentionCause(policy, answered, now)).toBeUndefined();
  const failed = anEnding({ runId: 's2', status: 'Failed', reason: 'EngineFailed' });
  expect(retentionCause(policy, { ...answered, history: [failed, ...(answered.history ?? [])] }, now)).toBeUndefined();
});

test('the next success is another cause, also one in part', () => {
  const first = causeOf(after('s1'));
  const answered = settleRetention(after('s1'), first, nothing, now);
  const partly = anEnding({ runId: 's2', status: 'PartiallySucceeded', reason: 'DatabaseMissing' });
  const second = causeOf({ ...answered, history: [partly, ...(answered.history ?? [])] });
  expect(second).not.toBe(first);
});

test('an edited policy is a cause each time, also when it comes back to what it was', () => {
  let status = after('s1');
  const causes: string[] = [];
  for (const edited of [{ maxCount: 3 }, { maxCount: 2 }, { maxCount: 3 }, { maxCount: 3, maxAgeMs: 1000 }]) {
    const cause = causeOf(status, edited);
    causes.push(cause);
    status = settleRetention(status, cause, nothing, now);
    expect(retentionCause(edited, status, now)).toBeUndefined();
  }
  expect(new Set(causes).size).toBe(4);
});

test('an expiry is a cause when its time has come, once', () => {
  const nextExpiry = '2026-03-04T00:00:00Z';
  const first = settleRetention(after('s1'), causeOf(after('s1')), { ...nothing, nextExpiry }, now);
  expect(retentionCause(policy, first, at('03T23:59:59'))).toBeUndefined();
  const cause = causeOf(first, policy, at('04T00:00'));
  const held = settleRetention(first, cause, { ...nothing, nextExpiry }, at('04T00:00'));
  expect(retentionCause(policy, held, at('05T00:00'))).toBeUndefined();
  const next = settleRetention(held, cause, { ...nothing, nextExpiry: '2026-03-06T00:00:00Z' }, at('04T00:00'));
  expect(causeOf(next, policy, at('06T00:00'))).not.toBe(cause);
});

test('trouble is looked at again later, as another occasion', () => {
  const first = causeOf(after('s1'));
  const held = [{ reason: 'RetentionFailed', message: 'the store does not answer' }];
  const nextExpiry = '2026-03-03T01:00:00.000Z';
  const troubled = settleRetention(after('s1'), first, { ...nothing, held, nextExpiry }, now);
  expect(retentionCause(policy, troubled, at('03T00:59'))).toBeUndefined();
  expect(causeOf(troubled, policy, at('03T01:00'))).not.toBe(first);
});

test('a plan that waits is a cause when it was acknowledged by its name, and only once', () => {
  const cause = causeOf(after('s1'));
  const plan = { id: 'the plan', consent: 'Waiting' as const, run: 'p1', time: '', remove: [], removeCount: 1 };
  const settled = settleRetention(after('s1'), cause, nothing, now);
  const waiting = { ...settled, retention: { ...settled.retention, plan: { ...plan, archive: [], reclaimBytes: 1 } } };
  expect(retentionCause(policy, waiting, now)).toBeUndefined();
  expect(retentionCause(policy, waiting, now, 'another plan')).toBeUndefined();
  const agreed = retentionCause(policy, waiting, now, 'the plan');
  expect(agreed).toContain('the plan');
  expect(retentionCause(policy, settleRetention(waiting, agreed ?? '', nothing, now), now, 'the plan')).toBeUndefined();
});

test('every field of the policy makes another occasion', () => {
  const policies = [
    policy,
    { ...policy, keep: { daily: 7 }, timeZone: 'UTC' },
    { ...policy, keep: { daily: 7 }, timeZone: 'Asia/Tokyo' },
    { ...policy, keep: { weekly: 7 }, timeZone: 'UTC' },
    { ...policy, maxDeletePercent: 20 },
  ];
  expect(new Set(policies.map((each) => retentionCause(each, after('s1'), now))).size).toBe(policies.length);
});
