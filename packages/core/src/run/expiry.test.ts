import { expect, test } from 'vitest';
import {
  aJob,
  anAdmittedRun,
  anEndedJob,
  anObserved,
  aRecordedRun,
  aRetentionRun,
  aRun,
  at,
  daily,
} from './an-observed.ts';
import { phaseDeadline, presentPhase } from './deadlines.ts';
import { decide } from './decide.ts';

const requested = { trigger: 'Request', token: 'now', id: 'r0123456789-1a2b3c4d', slot: undefined } as const;
const { slot: _none, ...byRequest } = { ...aRecordedRun(), ...requested };
const asked = (phase: 'Recorded' | 'Admitted') => ({
  ...byRequest,
  phase,
  ...(phase === 'Admitted' && { admittedAt: '2026-03-02T12:00:00Z' }),
});

test.each([
  ['recorded', asked('Recorded'), undefined, '03T02:00', 'Failed', 'DeadlineExceeded'],
  ['admitted', asked('Admitted'), undefined, '03T12:00', 'Failed', 'DeadlineExceeded'],
  ['recorded for a slot', aRecordedRun(), undefined, '03T02:00', 'Missed', 'Superseded'],
  ['admitted for a slot', anAdmittedRun(), undefined, '03T02:00', 'Missed', 'Superseded'],
  ['starting', aRun(), aJob({ state: 'Pending' }), '02T02:15', 'Failed', 'StartDeadlineExceeded'],
  ['running', aRun(), aJob(), '03T02:02', 'Failed', 'DeadlineExceeded'],
  ['waiting for proof', aRun(), anEndedJob(), '02T03:10', 'Failed', 'EvidenceMissing'],
  ['without its Job', aRun(), undefined, '03T03:17', 'Failed', 'EvidenceMissing'],
  ['a retention run', aRetentionRun(), undefined, '02T03:00', 'Failed', 'DeadlineExceeded'],
] as const)('a run that is %s ends at its deadline and not before', (_what, activeRun, job, time, status, reason) => {
  const observed = anObserved({ spec: { schedule: daily }, status: { activeRun }, ...(job && { job }) });
  const deadline = at(time);
  expect(phaseDeadline(activeRun, job, observed.backup.spec)).toEqual(deadline);
  expect(decide(observed, new Date(deadline.getTime() - 1)).kind).not.toBe('expire');
  expect(decide(observed, deadline)).toMatchObject({ kind: 'expire', run: activeRun, status, reason });
});

test('what a run waited for stands in its end', () => {
  const waitingFor = { reason: 'TargetNotReady', message: 'the target sleeps', since: '2026-03-02T02:00:00Z' };
  const observed = anObserved({ spec: { schedule: daily }, status: { activeRun: anAdmittedRun({ waitingFor }) } });
  expect(decide(observed, at('03T02:00'))).toMatchObject({ message: expect.stringContaining('the target sleeps') });
});

test('a slot gives way when the next comes, also after the schedule was edited', () => {
  const hourly = { expression: '0 * * * *', timeZone: 'UTC' };
  const observed = anObserved({ spec: { schedule: hourly }, status: { activeRun: aRecordedRun() } });
  expect(decide(observed, at('02T03:00'))).toMatchObject({ kind: 'expire', status: 'Missed', reason: 'Superseded' });
});

test('an attempt that waits for its retry neither gives way to a slot nor counts the hours of the first one', () => {
  const activeRun = anAdmittedRun({ attempt: 2, notBefore: '2026-03-03T02:01:00Z' });
  const observed = anObserved({ spec: { schedule: daily }, status: { activeRun } });
  expect(decide(observed, at('03T02:00'))).toMatchObject({ kind: 'idle', until: at('03T02:01') });
  expect(phaseDeadline(activeRun, undefined, observed.backup.spec)).toEqual(at('04T02:01'));
});

test('a run without a readable spec has the usual limits', () => {
  const { spec: _refused, ...backup } = anObserved({ status: { activeRun: aRun() } }).backup;
  expect(decide({ backup, job: aJob() }, at('03T02:02'))).toMatchObject({ kind: 'expire' });
});

test('a running attempt keeps the deadline its Job was made with', () => {
  const shorter = anObserved({ status: { activeRun: aRun() } }).backup.spec;
  const job = aJob({ deadlineMs: 2 * 3_600_000 });
  expect(phaseDeadline(aRun(), job, shorter)).toEqual(at('02T04:01'));
});

test('a pod that is replaced after a disruption leaves its run running', () => {
  const pending = aJob({ state: 'Pending' });
  expect(presentPhase(aRun({ phase: 'Running' }), pending)).toBe('Running');
  const observed = anObserved({ status: { activeRun: aRun({ phase: 'Running' }) }, job: pending });
  expect(decide(observed, at('02T08:00')).kind).toBe('idle');
});

test('a Job that was deleted by hand after hours is a matter for the evidence, not for the start deadline', () => {
  const observed = anObserved({ status: { activeRun: aRun() } });
  expect(decide(observed, at('02T08:00'))).toMatchObject({ kind: 'ring', queue: 'backup', reason: 'JobLost' });
});

test('a Job that claims to end in the future does not keep its run for good', () => {
  const job = anEndedJob({ endedAt: at('31T00:00') });
  expect(phaseDeadline(aRun(), job, undefined)).toEqual(at('03T03:17'));
});

test('the phase follows the Job of the present attempt alone', () => {
  expect(presentPhase(aRecordedRun(), aJob())).toBe('Recorded');
  expect(presentPhase(anAdmittedRun(), aJob({ state: 'Pending' }))).toBe('Starting');
  expect(presentPhase(aRun(), aJob())).toBe('Running');
  expect(presentPhase(aRun(), anEndedJob({ state: 'Failed' }))).toBe('Verifying');
  expect(presentPhase(anAdmittedRun({ attempt: 2 }), aJob())).toBe('Admitted');
  expect(presentPhase(anAdmittedRun(), aJob({ runId: 'another' }))).toBe('Admitted');
});
