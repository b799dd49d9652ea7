import type { ActiveRun, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import {
  aJob,
  aRecordedRun,
  aRetentionRun,
  aRun,
  aVerifyRun,
  anAdmittedRun,
  anEndedJob,
  anObserved,
  at,
  daily,
} from './an-observed.ts';
import type { JobFacts } from './observed.ts';
import { queuePlace } from './queue-place.ts';

const now = at('02T02:30');
const place = (activeRun: ActiveRun, job?: JobFacts) =>
  queuePlace(anObserved({ status: { activeRun }, ...(job && { job }) }), now);
const idle = (status: Status, spec: object = { schedule: daily }) => queuePlace(anObserved({ spec, status }), now);

test('a slot that has come is due until a run is recorded for it', () => {
  const nextRunTime = '2026-03-02T02:00:00Z';
  expect(idle({ nextRunTime })).toEqual({ queue: 'backup', state: 'due', since: at('02T02:00') });
  expect(idle({ nextRunTime: '2026-03-03T02:00:00Z' })).toBeUndefined();
  expect(idle({ nextRunTime }, { schedule: daily, suspend: true })).toBeUndefined();
  expect(idle({ nextRunTime }, {})).toBeUndefined();
});

test('a run goes from recorded to ready to running, and to the workers again when its Job has ended', () => {
  const since = at('02T02:00');
  expect(place(aRecordedRun())).toEqual({ queue: 'backup', state: 'recorded', since });
  expect(place(anAdmittedRun())).toEqual({ queue: 'backup', state: 'ready', since });
  expect(place(aRun(), aJob())).toEqual({ queue: 'backup', state: 'running', since });
  expect(place(aRun(), anEndedJob())).toEqual({ queue: 'verify', state: 'ready', since: at('02T02:10') });
});

test('what no worker can do anything about is parked', () => {
  const waitingFor = { reason: 'TargetNotReady', message: 'not ready', since: '2026-03-02T02:05:00Z' };
  expect(place(anAdmittedRun({ waitingFor }))).toMatchObject({ state: 'parked', since: at('02T02:05') });
  expect(place(anAdmittedRun({ notBefore: '2026-03-02T02:40:00Z' }))).toMatchObject({ state: 'parked' });
});

test('the next attempt is ready from its time on', () => {
  expect(place(anAdmittedRun({ notBefore: '2026-03-02T02:20:00Z' }))).toMatchObject({
    state: 'ready',
    since: at('02T02:20'),
  });
});

test('a run whose Job is gone wants a look, and the Job of another run says nothing about it', () => {
  const ready = { queue: 'backup', state: 'ready', since: now };
  expect(place(aRun())).toEqual(ready);
  expect(place(aRun(), anEndedJob({ runId: 'another' }))).toEqual(ready);
});

test('retention and verification have queues of their own', () => {
  expect(place(aRetentionRun())).toMatchObject({ queue: 'retention', state: 'ready' });
  expect(place(aVerifyRun())).toMatchObject({ queue: 'verify', state: 'ready' });
  const startedAt = '2026-03-02T02:15:00Z';
  expect(place({ ...aRetentionRun({ phase: 'Running' }), startedAt })).toEqual({
    queue: 'retention',
    state: 'running',
    since: at('02T02:15'),
  });
});
