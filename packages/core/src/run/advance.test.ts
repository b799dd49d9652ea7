import { expect, test } from 'vitest';
import { advance } from './advance.ts';
import {
  aJob,
  anAdmittedRun,
  anEndedJob,
  anObserved,
  aRecordedRun,
  aRetentionRun,
  aRun,
  at,
  aVerifyRun,
} from './an-observed.ts';
import type { JobFacts } from './observed.ts';

const now = at('02T02:05');
const soon = at('02T02:05:05');
const step = (activeRun = anAdmittedRun(), job?: JobFacts) =>
  advance(anObserved({ status: { activeRun }, ...(job && { job }) }), now);
const { runId: _id, backupUid: _uid, ...foreignJob } = aJob();

test('there is nothing to do without a run, for another kind of run, and for an object that is going away', () => {
  expect(advance(anObserved(), now)).toEqual({ kind: 'done', reason: 'NothingToDo' });
  expect(step(aRetentionRun())).toEqual({ kind: 'done', reason: 'NothingToDo' });
  expect(advance(anObserved({ deleting: true, status: { activeRun: anAdmittedRun() } }), now).kind).toBe('done');
});

test('a verification reads on, whatever Job is there, once it has a place', () => {
  expect(step(aVerifyRun(), anEndedJob())).toEqual({ kind: 'verify' });
  expect(step(aVerifyRun({ phase: 'Running' }))).toEqual({ kind: 'verify' });
  expect(step(aVerifyRun({ phase: 'Recorded' }))).toEqual({ kind: 'done', reason: 'WaitingForPlace' });
});

test('a run without a place is not started', () => {
  expect(step(aRecordedRun())).toEqual({ kind: 'done', reason: 'WaitingForPlace' });
});

test('a retry is not started before its time', () => {
  const notBefore = '2026-03-02T02:06:00Z';
  expect(step(anAdmittedRun({ attempt: 2, notBefore }))).toMatchObject({ kind: 'again', at: at('02T02:06') });
  expect(step(anAdmittedRun({ attempt: 2, notBefore: '2026-03-02T02:05:00Z' })).kind).toBe('start');
});

test('an admitted run is started', () => {
  expect(step()).toEqual({ kind: 'start' });
});

test('a Job that the record does not know is noted, and one that it knows is left to work', () => {
  expect(step(anAdmittedRun(), aJob())).toEqual({ kind: 'noteJob', job: aJob() });
  expect(step(aRun(), aJob())).toEqual({ kind: 'done', reason: 'JobRunning' });
});

test.each(['Admitted', 'Starting', 'Running', 'Verifying'] as const)(
  'the result of an ended Job is read in phase %s, also when someone is deleting the Job',
  (phase) => {
    const ended = anEndedJob({ deleting: phase === 'Running' });
    expect(step(aRun({ phase }), ended)).toEqual({ kind: 'readResult', job: ended });
  },
);

test('nothing is concluded while a deleted Job still has a pod that may write its evidence', () => {
  expect(step(aRun(), aJob({ deleting: true }))).toMatchObject({ kind: 'again', at: soon });
});

test('a Job that went away leaves its evidence in the store', () => {
  expect(step(aRun())).toEqual({ kind: 'lookForEvidence' });
  expect(step(aRun(), aJob({ runId: 'another' }))).toEqual({ kind: 'lookForEvidence' });
});

// Another Job has the name

test('a running predecessor is waited for', () => {
  const expected = { kind: 'again', at: soon, reason: 'PredecessorRunning' };
  expect(step(anAdmittedRun(), aJob({ runId: 'earlier' }))).toEqual(expected);
  expect(step(anAdmittedRun({ attempt: 2 }), aJob())).toEqual(expected);
});

test('an ended predecessor is removed', () => {
  const ended = anEndedJob({ runId: 'earlier' });
  expect(step(anAdmittedRun(), ended)).toEqual({ kind: 'removeJob', job: ended });
  expect(step(anAdmittedRun({ attempt: 2 }), anEndedJob())).toEqual({ kind: 'removeJob', job: anEndedJob() });
});

test('a predecessor that is being deleted is waited for until it is gone', () => {
  const expected = { kind: 'again', at: soon, reason: 'PredecessorRunning' };
  expect(step(anAdmittedRun(), anEndedJob({ runId: 'earlier', deleting: true }))).toEqual(expected);
  expect(step(anAdmittedRun(), aJob({ runId: 'earlier', backupUid: 'old', deleting: true }))).toEqual(expected);
});

test('the Job of a deleted object of the same name is removed while it runs', () => {
  const orphan = aJob({ runId: 'earlier', backupUid: 'old' });
  expect(step(anAdmittedRun(), orphan)).toEqual({ kind: 'removeJob', job: orphan });
});

test('a Job that is not ours is never touched', () => {
  expect(step(anAdmittedRun(), foreignJob)).toEqual({ kind: 'start' });
});
