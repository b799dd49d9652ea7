import type { Condition, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import {
  aBackup,
  anAdmittedRun,
  anEnding,
  aRecordedRun,
  aRetentionRun,
  aRun,
  aSpec,
  at,
  daily,
} from '../run/an-observed.ts';
import { conditionOf } from './conditions.ts';
import { project } from './project.ts';

const now = at('02T02:05');
const scheduled = aBackup({ spec: aSpec({ schedule: daily }) });
const suspended = aBackup({ spec: aSpec({ schedule: daily, suspend: true }) });
const { spec: _none, ...withoutSpec } = aBackup();
const refusal = { reason: 'SpecInvalid', field: 'spec.schedule', message: 'spec.schedule is wrong' } as const;
const refused = { ...withoutSpec, refusals: [refusal] };
const failed = anEnding({ status: 'Failed', reason: 'EngineFailed', error: 'exit code 1' });
const partly = anEnding({ status: 'PartiallySucceeded', reason: 'DatabaseMissing', error: 'no artifact of orders' });
const missed = anEnding({ runId: 'missed-1', status: 'Missed', reason: 'SlotMissed', count: 3, error: 'nobody there' });
const condition = (status: Status, type: Condition['type']) => status.conditions?.find((one) => one.type === type);

test.each([
  ['Pending', 'a run that is recorded', scheduled, { activeRun: aRecordedRun() }],
  ['Pending', 'a run that is admitted', scheduled, { activeRun: anAdmittedRun() }],
  ['Running', 'a run with a Job', scheduled, { activeRun: aRun() }],
  ['Running', 'a run that goes on while suspended', suspended, { activeRun: aRun() }],
  ['Scheduled', 'a retention run', scheduled, { activeRun: aRetentionRun(), history: [anEnding()] }],
  ['Failed', 'a refused spec', refused, {}],
  ['Suspended', 'a suspended backup whose last run failed', suspended, { history: [failed] }],
  ['Failed', 'a schedule whose last run failed', scheduled, { history: [failed, anEnding()] }],
  ['Scheduled', 'a schedule whose last run succeeded in part', scheduled, { history: [partly] }],
  ['Scheduled', 'a schedule before its first run', scheduled, {}],
  ['Scheduled', 'a schedule that missed slots since its last run', scheduled, { history: [missed, anEnding()] }],
  ['Failed', 'a schedule that missed slots after a failure', scheduled, { history: [missed, failed] }],
  ['Pending', 'a one-shot before its run', aBackup(), {}],
  ['Completed', 'a one-shot that is proven', aBackup(), { history: [anEnding()] }],
  ['Failed', 'a one-shot that failed', aBackup(), { history: [failed] }],
  ['Failed', 'a one-shot that succeeded in part', aBackup(), { history: [partly] }],
  ['Pending', 'a one-shot that only ever missed slots', aBackup(), { history: [missed] }],
] as const)('%s is the phase of %s', (phase, _what, backup, status) => {
  expect(project(status as unknown as Status, backup, now).phase).toBe(phase);
});

test.each([
  ['the first run is due at 2026-03-03T02:00:00Z', scheduled, {}],
  ['nothing has run yet', aBackup(), {}],
  ['spec.schedule is wrong', refused, {}],
  ['suspended; set spec.suspend to false to go on', suspended, { history: [failed] }],
  [`run ${aRun().id} is about to start`, scheduled, { activeRun: aRecordedRun() }],
  [`run ${aRun().id} is under way`, scheduled, { activeRun: aRun() }],
  [
    'waiting: the target sleeps',
    scheduled,
    { activeRun: anAdmittedRun({ waitingFor: { reason: 'TargetNotReady', message: 'the target sleeps', since: '' } }) },
  ],
  [
    `attempt 2 of run ${aRun().id} starts at 2026-03-02T02:06:00Z`,
    scheduled,
    { activeRun: anAdmittedRun({ attempt: 2, notBefore: '2026-03-02T02:06:00Z' }) },
  ],
  [
    `last run ${aRun().id} succeeded with 1.2 GiB; next run at 2026-03-03T02:00:00Z`,
    scheduled,
    { history: [anEnding({ stats: { size: '1.2 GiB' } })] },
  ],
  [`last run ${aRun().id} failed: exit code 1`, aBackup(), { history: [failed] }],
  [`last run ${aRun().id} succeeded in part: no artifact of orders`, aBackup(), { history: [partly] }],
  ['3 slots were missed: nobody there; next run at 2026-03-03T02:00:00Z', scheduled, { history: [missed] }],
] as const)('people read "%s"', (message, backup, status) => {
  expect(project(status as unknown as Status, backup, now).message).toBe(message);
});

test('the next slot is there while there is one', () => {
  expect(project({}, scheduled, now).nextRunTime).toBe('2026-03-03T02:00:00Z');
  const before = { nextRunTime: '2026-03-01T02:00:00Z' };
  expect('nextRunTime' in project(before, suspended, now)).toBe(false);
  expect('nextRunTime' in project(before, aBackup(), now)).toBe(false);
  expect('nextRunTime' in project(before, { ...scheduled, foreign: true }, now)).toBe(false);
});

test('a status speaks of the generation that was seen', () => {
  const status = project({}, aBackup({ generation: 7 }), now);
  expect(status.observedGeneration).toBe(7);
  expect(condition(status, 'Ready')?.observedGeneration).toBe(7);
});

test('a projection of a projection changes nothing', () => {
  const status = project({ activeRun: aRun(), history: [failed, anEnding()] }, scheduled, now);
  expect(project(status, scheduled, at('02T02:10'))).toEqual(status);
});

// Conditions

test('a condition moves its time only with its status', () => {
  const store = (status: 'True' | 'False', time: string): Condition => ({
    type: 'StorageReady',
    status,
    reason: status === 'True' ? 'StorageReachable' : 'StorageDenied',
    message: 'as found',
    lastTransitionTime: time,
  });
  const first = project({ conditions: [store('True', '2026-03-02T02:00:00Z')] }, scheduled, at('02T02:01'));
  expect(condition(first, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-03-02T02:01:00Z' });
  const same = project(first, { ...scheduled, generation: 2 }, at('02T02:02'));
  expect(condition(same, 'Ready')).toMatchObject({
    lastTransitionTime: '2026-03-02T02:01:00Z',
    observedGeneration: 2,
  });
  const denied = { ...same, conditions: [store('False', '2026-03-02T02:03:00Z')] };
  const bad = project(
    { ...denied, conditions: [...denied.conditions, ...(first.conditions ?? []).slice(0, 1)] },
    scheduled,
    at('02T02:03'),
  );
  expect(condition(bad, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'StorageDenied',
    lastTransitionTime: '2026-03-02T02:03:00Z',
  });
});

test.each([
  ['Unknown', 'NotCheckedYet', scheduled, {}],
  ['False', 'SpecInvalid', refused, {}],
  ['False', 'ManagedElsewhere', { ...scheduled, foreign: true }, {}],
  [
    'False',
    'TargetNotFound',
    scheduled,
    { activeRun: anAdmittedRun({ waitingFor: { reason: 'TargetNotFound', message: 'no target', since: '' } }) },
  ],
  [
    'Unknown',
    'NotCheckedYet',
    scheduled,
    { activeRun: aRecordedRun({ waitingFor: { reason: 'WaitingForPlace', message: 'full', since: '' } }) },
  ],
] as const)('Ready is %s because of %s', (status, reason, backup, facts) => {
  expect(condition(project(facts as unknown as Status, backup, now), 'Ready')).toMatchObject({ status, reason });
});

test('a backup that was ready stays so until something says otherwise', () => {
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: 'SpecValid',
    message: 'all found',
    lastTransitionTime: '2026-03-01T00:00:00Z',
  };
  expect(condition(project({ conditions: [ready] }, scheduled, now), 'Ready')).toMatchObject(ready);
});

test('the last real run says whether the last run succeeded', () => {
  const of = (history: Status['history']) =>
    condition(project({ ...(history && { history }) }, scheduled, now), 'LastRunSucceeded');
  expect(of(undefined)).toBeUndefined();
  expect(of([anEnding()])).toMatchObject({ status: 'True', reason: 'Succeeded' });
  expect(of([failed])).toMatchObject({ status: 'False', reason: 'EngineFailed' });
  expect(of([partly])).toMatchObject({ status: 'False', reason: 'DatabaseMissing' });
  expect(of([missed, anEnding()])).toMatchObject({ status: 'True' });
});

test('the newest proof is told with its level, also after a failure', () => {
  const proven = anEnding({ runId: 's0', verification: { level: 'content', time: '2026-03-01T02:05:00Z' } });
  const status = project({ history: [failed, proven] }, scheduled, now);
  expect(condition(status, 'Verified')).toMatchObject({
    status: 'True',
    message: 'run s0 was proven at level content at 2026-03-01T02:05:00Z',
  });
});

test('damage that a run found in the very second of its start is said before its success, and what was found before is not', () => {
  const time = '2026-03-02T02:00:05Z';
  const verification = { level: 'objects', time: '2026-03-02T02:05:00Z' } as const;
  const proven = anEnding({ runId: 's1', startTime: time, verification });
  const artifact = { database: 'orders', chain: 'orders-1', artifact: 'orders-1.backup', message: 'it is gone' };
  const saidOf = (foundBy: string) => {
    const damaged = [{ ...artifact, foundBy, reason: 'ArtifactMissing', time }];
    const status = project({ history: [proven], verification: { damaged, damagedCount: 1 } }, scheduled, now);
    return condition(status, 'Verified');
  };
  expect(saidOf('s1')).toMatchObject({ status: 'False', reason: 'ArtifactMissing' });
  expect(saidOf('v1')).toMatchObject({ status: 'True', reason: 'Succeeded' });
});

test('of one second, a proof of everything that counts says more than that of one run', () => {
  const time = '2026-03-02T02:00:05Z';
  const proven = anEnding({ runId: 's1', startTime: time, verification: { level: 'objects', time } });
  const saidAt = (lastRunTime: string) => {
    const verification = { lastRunTime, reason: 'Verified', message: '4 artifacts read back' };
    return condition(project({ history: [proven], verification }, scheduled, now), 'Verified');
  };
  expect(saidAt(time)).toMatchObject({ status: 'True', reason: 'Verified' });
  expect(saidAt('2026-03-02T02:00:04Z')).toMatchObject({ status: 'True', reason: 'Succeeded' });
});

test('retention is healthy until something is held, and without a policy nobody asks', () => {
  const backup = aBackup({ spec: aSpec({ retention: { maxCount: 3 } }) });
  const retention = { lastRunTime: '2026-03-02T02:04:00Z', kept: 3, removed: 2 };
  const healthy = project({ retention }, backup, now);
  expect(condition(healthy, 'RetentionHealthy')).toMatchObject({ status: 'True', reason: 'RetentionApplied' });
  const held = [{ reason: 'NoFreshBackup', message: 'the last success is old' }];
  expect(condition(project({ retention: { ...retention, held } }, backup, now), 'RetentionHealthy')).toMatchObject({
    status: 'False',
    reason: 'NoFreshBackup',
    message: 'the last success is old',
  });
  expect(condition(project(healthy, aBackup(), now), 'RetentionHealthy')).toBeUndefined();
});

test('what people ask first stands first', () => {
  const backup = aBackup({ spec: aSpec({ retention: { maxCount: 3 } }) });
  const store: Condition = {
    type: 'StorageReady',
    status: 'True',
    reason: 'StorageReachable',
    message: '',
    lastTransitionTime: '',
  };
  const proven = anEnding({ verification: { level: 'objects', time: '2026-03-02T02:05:00Z' } });
  const status = project(
    { conditions: [store], history: [proven], retention: { lastRunTime: '2026-03-02T02:04:00Z' } },
    backup,
    now,
  );
  expect(status.conditions?.map(({ type }) => type)).toEqual([
    'Ready',
    'StorageReady',
    'LastRunSucceeded',
    'Verified',
    'RetentionHealthy',
  ]);
  expect(conditionOf(undefined, 'Ready')).toBeUndefined();
});

test('a spec with more mistakes than a condition has room for is told as far as there is room', () => {
  const many = { ...withoutSpec, refusals: Array.from({ length: 2000 }, () => refusal) };
  const message = condition(project({}, many, now), 'Ready')?.message ?? '';
  expect(message).toHaveLength(32_768);
  expect(message).toMatch(/^spec\.schedule is wrong; .*…$/);
});
