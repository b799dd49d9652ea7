import { expect, test } from 'vitest';
import { advance } from './advance.ts';
import { decide } from './decide.ts';
import {
  aJob,
  anAdmittedRun,
  anEndedJob,
  anEnding,
  anObserved,
  aRecordedRun,
  aRetentionRun,
  aRun,
  aVerifyRun,
  at,
  daily,
  slotRunId,
} from './an-observed.ts';

const answeredSunday = { lastSlotTime: '2026-03-01T02:00:00Z' };
const answeredMonday = { lastSlotTime: '2026-03-02T02:00:00Z' };
const refusal = { reason: 'SpecInvalid', field: 'spec.schedule', message: 'spec.schedule is wrong' } as const;

test("an object with another operator's finalizer is left alone, whatever it asks for", () => {
  const observed = anObserved({ foreign: true, deleting: true, requestToken: 'now', status: { activeRun: aRun() } });
  expect(decide(observed, at('09T00:00'))).toMatchObject({ kind: 'refuse', reason: 'ManagedElsewhere' });
});

test('an object that is going away starts nothing and ends nothing', () => {
  const observed = anObserved({ deleting: true, requestToken: 'now', status: { activeRun: aRun() } });
  expect(decide(observed, at('09T00:00'))).toEqual({ kind: 'idle', reason: 'Cancelled' });
});

test('a recorded run asks for a place', () => {
  const run = aRecordedRun();
  expect(decide(anObserved({ spec: { schedule: daily }, status: { activeRun: run } }), at('02T02:01'))).toEqual({
    kind: 'admit',
    run,
    until: at('03T02:00'),
    reason: 'WaitingForPlace',
  });
});

test.each([
  ['an admitted run without a Job', anAdmittedRun(), undefined, 'backup', 'JobNotCreated'],
  [
    'a run that waits for its target',
    anAdmittedRun({ waitingFor: { reason: 'TargetNotReady', message: 'not ready', since: '2026-03-02T02:00:00Z' } }),
    undefined,
    'backup',
    'TargetNotReady',
  ],
  ['a Job that the record does not know', anAdmittedRun(), aJob(), 'backup', 'RunActive'],
  ['a Job that ended', aRun(), anEndedJob(), 'verify', 'RunActive'],
  ['a Job that ended before it was recorded', anAdmittedRun(), anEndedJob(), 'verify', 'RunActive'],
  ['a Job that went away', aRun(), undefined, 'backup', 'JobLost'],
  ['the Job of an earlier attempt', anAdmittedRun({ attempt: 2 }), anEndedJob(), 'backup', 'JobNotCreated'],
  ['a retention run', aRetentionRun(), undefined, 'retention', 'RetentionDue'],
  ['a verification', aVerifyRun(), undefined, 'verify', 'VerificationDue'],
  ['a verification that reads', aVerifyRun({ phase: 'Running' }), undefined, 'verify', 'VerificationDue'],
] as const)('%s rings', (_what, activeRun, job, queue, reason) => {
  const observed = anObserved({ status: { activeRun }, ...(job && { job }) });
  expect(decide(observed, at('02T02:11'))).toMatchObject({ kind: 'ring', queue, reason });
});

test('a retry waits for its time', () => {
  const activeRun = anAdmittedRun({ attempt: 2, notBefore: '2026-03-02T02:30:00Z' });
  const observed = anObserved({ status: { activeRun }, job: anEndedJob() });
  expect(decide(observed, at('02T02:29'))).toEqual({ kind: 'idle', until: at('02T02:30'), reason: 'RunActive' });
  expect(decide(observed, at('02T02:30'))).toMatchObject({ kind: 'ring', queue: 'backup' });
});

test('one run at a time: neither a token nor a slot starts a second one', () => {
  const observed = anObserved({
    spec: { schedule: daily },
    requestToken: 'now',
    status: { activeRun: aRun({ phase: 'Running' }), ...answeredMonday },
    job: aJob(),
  });
  expect(decide(observed, at('03T02:00'))).toEqual({ kind: 'idle', until: at('03T02:02'), reason: 'RunActive' });
});

test('an active run keeps going when its spec was edited into nonsense', () => {
  const observed = anObserved({ refusals: [refusal], status: { activeRun: anAdmittedRun() } });
  expect(decide(observed, at('02T02:01'))).toMatchObject({ kind: 'ring', queue: 'backup' });
});

test('a refused spec starts nothing', () => {
  const observed = anObserved({ refusals: [refusal], requestToken: 'now' });
  expect(decide(observed, at('02T02:01'))).toEqual({ kind: 'refuse', refusals: [refusal], reason: 'SpecInvalid' });
});

test('what runs for longer than a start may take is written down as running', () => {
  const observed = anObserved({ status: { activeRun: aRun() }, job: aJob() });
  expect(decide(observed, at('02T02:10'))).toEqual({ kind: 'idle', until: at('02T02:15'), reason: 'RunActive' });
  expect(decide(observed, at('02T02:15'))).toMatchObject({ kind: 'idle', reached: 'Running', until: at('03T02:02') });
  const noted = anObserved({ status: { activeRun: aRun({ phase: 'Running' }) }, job: aJob() });
  expect(decide(noted, at('02T02:16'))).toEqual({ kind: 'idle', until: at('03T02:02'), reason: 'RunActive' });
});

// What starts a run

test('a suspended backup answers neither slot nor token', () => {
  const observed = anObserved({
    spec: { schedule: daily, suspend: true },
    requestToken: 'now',
    status: { phase: 'Suspended', ...answeredSunday },
  });
  expect(decide(observed, at('05T00:00'))).toEqual({ kind: 'idle', reason: 'Suspended' });
});

test('a backup that is no longer suspended starts its schedule anew before any slot is looked at', () => {
  const observed = anObserved({
    spec: { schedule: daily },
    requestToken: 'now',
    status: { phase: 'Suspended', ...answeredSunday },
  });
  const now = at('05T12:00');
  expect(decide(observed, now)).toEqual({ kind: 'resume', from: now, reason: 'WaitingForSlot' });
});

test('a new token starts a run and outranks a due slot', () => {
  const observed = anObserved({ spec: { schedule: daily }, requestToken: 'now', status: answeredSunday });
  expect(decide(observed, at('02T02:00'))).toMatchObject({
    kind: 'record',
    reason: 'Requested',
    run: { trigger: 'Request', token: 'now', kind: 'backup', phase: 'Recorded', attempt: 1 },
  });
});

test('a token that was answered starts nothing, although later ones were answered too', () => {
  const status = { ...answeredMonday, lastRunTokens: ['newer', 'now'] };
  const observed = anObserved({ spec: { schedule: daily }, requestToken: 'now', status });
  expect(decide(observed, at('02T03:00'))).toEqual({ kind: 'idle', until: at('03T02:00'), reason: 'WaitingForSlot' });
});

test('a due slot starts its run', () => {
  const observed = anObserved({ spec: { schedule: daily }, status: answeredSunday });
  expect(decide(observed, at('02T02:00'))).toEqual({
    kind: 'record',
    reason: 'ScheduleDue',
    missed: 0,
    run: {
      id: slotRunId,
      kind: 'backup',
      trigger: 'Schedule',
      slot: '2026-03-02T02:00:00Z',
      phase: 'Recorded',
      attempt: 1,
      recordedAt: '2026-03-02T02:00:00Z',
    },
  });
});

test('before its first run the slots of a backup count from its creation', () => {
  const observed = anObserved({ spec: { schedule: daily }, createdAt: at('02T01:59') });
  expect(decide(observed, at('02T02:00'))).toMatchObject({ kind: 'record', missed: 0, run: { id: slotRunId } });
});

test.each([1, 3, 1000])('of %d missed slots only the newest is caught up', (slots) => {
  const schedule = { expression: '* * * * *', timeZone: 'UTC' };
  const now = at('02T02:00:30');
  const lastSlotTime = new Date(at('02T02:00').getTime() - slots * 60_000).toISOString();
  const intent = decide(anObserved({ spec: { schedule }, status: { lastSlotTime } }), now);
  expect(intent).toMatchObject({ kind: 'record', missed: slots - 1, run: { id: slotRunId } });
  expect(intent.reason).toBe(slots > 1 ? 'SlotCaughtUp' : 'ScheduleDue');
});

test('slots missed by more than the starting deadline are counted and not caught up', () => {
  const schedule = { ...daily, startingDeadlineMs: 600_000 };
  const observed = anObserved({ spec: { schedule }, status: answeredSunday });
  expect(decide(observed, at('03T02:10'))).toMatchObject({ kind: 'record', missed: 1 });
  expect(decide(observed, at('03T02:10:01'))).toEqual({
    kind: 'miss',
    newest: at('03T02:00'),
    count: 2,
    reason: 'SlotSkipped',
  });
});

test('a clock that goes back fires no slot a second time', () => {
  const observed = anObserved({ spec: { schedule: daily }, status: answeredMonday });
  expect(decide(observed, at('02T01:00'))).toMatchObject({ kind: 'idle', reason: 'WaitingForSlot' });
});

test('a backup without a schedule runs once, at once', () => {
  expect(decide(anObserved(), at('01T00:00'))).toMatchObject({
    kind: 'record',
    reason: 'OneShot',
    run: { id: 'o-1a2b3c4d', trigger: 'OneShot' },
  });
});

test.each([
  ['succeeded', { history: [anEnding({ runId: 'o-1a2b3c4d' })] }],
  ['failed', { history: [anEnding({ runId: 'o-1a2b3c4d', status: 'Failed', reason: 'EngineFailed' })] }],
  ['left its history to another object', { lastRunTime: '2026-03-01T00:00:00Z' }],
] as const)('a one-shot that %s runs no second time, also after its spec was edited', (_how, status) => {
  const observed = anObserved({ status: { ...status, history: [...('history' in status ? status.history : [])] } });
  expect(decide(observed, at('02T00:00'))).toEqual({ kind: 'idle', reason: 'NothingToDo' });
  const edited = { ...observed.backup, generation: 7 };
  expect(decide({ backup: edited }, at('02T00:00'))).toEqual({ kind: 'idle', reason: 'NothingToDo' });
});

test('slots that were missed are no run: a backup that lost its schedule runs once', () => {
  const missed = anEnding({ runId: 'missed-1', status: 'Missed', reason: 'SlotSkipped' });
  expect(decide(anObserved({ status: { history: [missed] } }), at('02T00:00'))).toMatchObject({ reason: 'OneShot' });
});

test('a success makes retention due, and a due slot goes first', () => {
  const status = { ...answeredMonday, history: [anEnding()] };
  const observed = anObserved({ spec: { schedule: daily, retention: { maxCount: 3 } }, status });
  expect(decide(observed, at('02T03:00'))).toMatchObject({
    kind: 'record',
    reason: 'RetentionDue',
    run: { kind: 'retention', trigger: 'Retention', id: expect.stringMatching(/^p[0-9a-f]{10}-1a2b3c4d$/) as string },
  });
  expect(decide(observed, at('03T02:00'))).toMatchObject({ kind: 'record', reason: 'ScheduleDue' });
});

test('idle ends at the next slot or the next expiry, whichever comes first, and never in the past', () => {
  const spec = { schedule: daily, retention: { maxCount: 3 } };
  const until = (nextExpiry: string) => {
    const observed = anObserved({ spec, status: { ...answeredMonday, retention: { nextExpiry } } });
    return decide(observed, at('02T03:00'));
  };
  expect(until('2026-03-02T12:00:00Z')).toMatchObject({ kind: 'idle', until: at('02T12:00') });
  expect(until('2026-03-09T12:00:00Z')).toMatchObject({ kind: 'idle', until: at('03T02:00') });
  expect(until('2026-03-01T12:00:00Z')).toMatchObject({ kind: 'idle', until: at('03T02:00') });
});

test('while suspended an expiry is still waited for', () => {
  const spec = { schedule: daily, suspend: true, retention: { maxCount: 3 } };
  const status = { ...answeredMonday, retention: { nextExpiry: '2026-03-04T00:00:00Z' } };
  expect(decide(anObserved({ spec, status }), at('02T03:00'))).toEqual({
    kind: 'idle',
    until: at('04T00:00'),
    reason: 'Suspended',
  });
});

test('a pod that does not start is asked about after a minute, and once more when it runs', () => {
  const pending = aJob({ state: 'Pending' });
  const asked = anObserved({ spec: { schedule: daily }, status: { activeRun: aRun() }, job: pending });
  const askAt = new Date(pending.createdAt.getTime() + 60_000);
  expect(decide(asked, new Date(askAt.getTime() - 1))).toEqual({ kind: 'idle', until: askAt, reason: 'RunActive' });
  expect(decide(asked, askAt)).toMatchObject({ kind: 'ring', queue: 'backup', reason: 'PodPending' });
  expect(advance(asked, askAt)).toEqual({ kind: 'askPod', job: pending });
  const waitingFor = { reason: 'PodPending', message: 'no node', since: '2026-03-02T02:01:00Z' };
  const runs = anObserved({ spec: { schedule: daily }, status: { activeRun: { ...aRun(), waitingFor } }, job: aJob() });
  expect(decide(runs, askAt)).toMatchObject({ kind: 'ring', queue: 'backup', reason: 'JobRunning' });
  expect(advance(runs, askAt)).toMatchObject({ kind: 'noteJob' });
  const late = { ...asked, backup: runs.backup };
  expect(decide(late, at('02T02:15'))).toMatchObject({ kind: 'expire', message: expect.stringContaining('no node') });
});

const upgraded = {
  backup: anObserved({
    spec: { schedule: daily, triggers: [{ on: 'TargetUpgrade', backupType: 'FULL' }] },
    status: {
      ...answeredMonday,
      triggers: { targetUpgrade: { subject: 'servers', image: 'neo4j:5.26.0', generation: 1 } },
    },
  }).backup,
  target: { host: { uid: 'servers', image: 'neo4j:2025.10', generation: 2 }, databases: [] },
};

test('what a trigger waited for starts a run of the type it asks for, and is answered with the same write', () => {
  const seen = { targetUpgrade: { subject: 'servers', image: 'neo4j:2025.10', generation: 2 } };
  expect(decide(upgraded, at('02T12:00'))).toMatchObject({
    kind: 'record',
    run: {
      id: expect.stringMatching(/^e[0-9a-f]{10}-1a2b3c4d$/) as string,
      kind: 'backup',
      trigger: 'Event',
      event: 'TargetUpgrade',
      backupType: 'FULL',
    },
    missed: 0,
    seen,
    reason: 'TargetUpgraded',
  });
});

test('a person goes before a trigger, and a trigger before a slot; a run under way goes before all of them', () => {
  const { backup, target } = upgraded;
  const later = at('03T02:00');
  expect(decide({ ...upgraded, backup: { ...backup, requestToken: 'now' } }, later)).toMatchObject({
    reason: 'Requested',
  });
  expect(decide(upgraded, later)).toMatchObject({ reason: 'TargetUpgraded' });
  const busy = { ...backup, status: { ...backup.status, activeRun: aRun() } };
  expect(decide({ backup: busy, target, job: aJob() }, at('02T02:01'))).toMatchObject({ reason: 'RunActive' });
});

test('while a backup is suspended its triggers start nothing, and afterwards what they missed starts once', () => {
  const { backup, target } = upgraded;
  const spec = backup.spec && { ...backup.spec, suspend: true };
  expect(decide({ backup: { ...backup, ...(spec && { spec }) }, target }, at('02T12:00'))).toMatchObject({
    reason: 'Suspended',
  });
});

test('what a trigger looks at is noted at the first look, also while a run is under way', () => {
  const { backup, target } = upgraded;
  const { triggers: _nothing, ...status } = backup.status;
  const note = { kind: 'note', seen: { targetUpgrade: { subject: 'servers' } }, reason: 'TriggersNoted' };
  expect(decide({ backup: { ...backup, status }, target }, at('02T12:00'))).toMatchObject(note);
  const busy = { ...backup, status: { ...status, activeRun: aRun() } };
  expect(decide({ backup: busy, target, job: aJob() }, at('02T02:01'))).toMatchObject(note);
});
