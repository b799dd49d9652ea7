import { expect, test } from 'vitest';
import { anAdmittedRun, anEnding, anObserved, aRecordedRun, aRetentionRun, aRun, at, daily } from './an-observed.ts';
import { decide, type Intent } from './decide.ts';
import { intentChange } from './intent-change.ts';

const now = at('02T02:05');
const place = { kind: 'admit' } as const;
const full = { kind: 'wait', reason: 'WaitingForPlace', message: 'full' } as const;
const history = [anEnding({ runId: 's0' })];

test('a run with a place is recorded and admitted in one write', () => {
  const { backup } = anObserved({ spec: { schedule: daily }, status: { lastSlotTime: '2026-03-01T02:00:00Z' } });
  const intent = decide({ backup }, at('02T02:00'));
  expect(intentChange(intent, backup, place, at('02T02:00'))).toEqual({
    lastSlotTime: '2026-03-02T02:00:00Z',
    activeRun: anAdmittedRun(),
  });
});

test('a run without a place is recorded and says what it waits for, until it gets one', () => {
  const { backup } = anObserved();
  const intent: Intent = { kind: 'record', run: aRecordedRun(), missed: 0, reason: 'ScheduleDue' };
  const waiting = intentChange(intent, backup, full, now);
  expect(waiting?.activeRun).toMatchObject({ phase: 'Recorded', waitingFor: { reason: 'WaitingForPlace' } });
  const later = { ...backup, status: waiting ?? {} };
  const admitted = intentChange(decide({ backup: later }, now), later, place, now);
  expect(admitted?.activeRun).toEqual(anAdmittedRun({ admittedAt: '2026-03-02T02:05:00Z' }));
});

test('a backup that expired is settled into the history, retention is not', () => {
  const ending = { kind: 'expire', status: 'Failed', reason: 'DeadlineExceeded', message: 'too long' } as const;
  const { backup } = anObserved({ status: { activeRun: aRun(), history } });
  const settled = intentChange({ ...ending, run: aRun() }, backup, undefined, now);
  expect(settled?.history).toMatchObject([{ status: 'Failed', error: 'too long' }, { runId: 's0' }]);
  const other = anObserved({ status: { activeRun: aRetentionRun(), history } }).backup;
  const given = intentChange({ ...ending, run: aRetentionRun() }, other, undefined, now);
  expect(given?.history).toEqual(history);
  expect(given?.activeRun).toBeUndefined();
  expect(given?.retention?.held).toEqual([{ reason: 'RetentionFailed', message: 'too long' }]);
});

test('skipped slots and a resumed schedule move the newest answered slot', () => {
  const { backup } = anObserved();
  const skipped: Intent = { kind: 'miss', newest: at('02T02:00'), count: 2, reason: 'SlotSkipped' };
  expect(intentChange(skipped, backup, undefined, now)).toMatchObject({
    lastSlotTime: '2026-03-02T02:00:00Z',
    missedSlots: 2,
  });
  const resumed: Intent = { kind: 'resume', from: now, reason: 'WaitingForSlot' };
  expect(intentChange(resumed, backup, undefined, now)).toEqual({ lastSlotTime: '2026-03-02T02:05:00Z' });
});

test('a phase that was reached is written down, otherwise idle and refused change no fact', () => {
  const { backup } = anObserved({ status: { activeRun: aRun(), history } });
  const reached: Intent = { kind: 'idle', reached: 'Running', reason: 'RunActive' };
  expect(intentChange(reached, backup, undefined, now)).toEqual({ activeRun: aRun({ phase: 'Running' }), history });
  const idle: Intent = { kind: 'idle', reason: 'NothingToDo' };
  const refused: Intent = { kind: 'refuse', refusals: [], reason: 'SpecInvalid' };
  for (const intent of [idle, refused]) expect(intentChange(intent, backup, undefined, now)).toBe(backup.status);
});

test('a ring writes nothing', () => {
  const { backup } = anObserved({ status: { activeRun: anAdmittedRun() } });
  expect(intentChange(decide({ backup }, now), backup, undefined, now)).toBeUndefined();
});
