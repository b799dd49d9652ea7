import type { Intent } from '@holdfast/core';
import { isReason } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anAdmittedRun } from '../../../packages/access/src/a-world.ts';
import { eventOf } from './events.ts';

const run = anAdmittedRun();

test('a run that catches up says how many slots were missed', () => {
  const intent: Intent = { kind: 'record', run, missed: 3, reason: 'SlotCaughtUp' };
  expect(eventOf(intent, undefined)).toMatchObject({ type: 'Warning', reason: 'BackupMissed' });
  expect(eventOf({ ...intent, missed: 0 }, undefined)).toMatchObject({ type: 'Normal', reason: 'BackupScheduled' });
});

test('only a run that waits for a place is told of at admission', () => {
  const intent: Intent = { kind: 'admit', run, until: new Date(0), reason: 'WaitingForPlace' };
  expect(eventOf(intent, { kind: 'admit' })).toBeUndefined();
  expect(eventOf(intent, { kind: 'wait', reason: 'WaitingForPlace', message: 'full' })).toMatchObject({
    reason: 'BackupWaiting',
    message: `run ${run.id}: full`,
  });
});

test('the same refusal is the same Event, another one is another', () => {
  const refusal = (message: string): Intent => ({
    kind: 'refuse',
    reason: 'SpecInvalid',
    refusals: [{ reason: 'SpecInvalid', field: 'spec', message }],
  });
  const ids = ['one', 'one', 'two'].map((message) => eventOf(refusal(message), undefined)?.id);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[2]);
  const reason = eventOf(refusal('one'), undefined)?.reason ?? '';
  expect(isReason(reason)).toBe(true);
});
