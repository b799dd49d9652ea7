import { triggerEvents } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, slotRunId, uid } from './an-observed.ts';
import { kindOf, runId, type Cause } from './run-id.ts';

const cause = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
    .map((slot): Cause => ({ trigger: 'Schedule', slot })),
  fc.string({ unit: 'binary' }).map((token): Cause => ({ trigger: 'Request', token })),
  fc.string().map((text): Cause => ({ trigger: 'Retention', cause: text })),
  fc.constant<Cause>({ trigger: 'OneShot' }),
  fc
    .record({ on: fc.constantFrom(...triggerEvents), subject: fc.uuid(), value: fc.string() })
    .map((event): Cause => ({ trigger: 'Event', ...event })),
);

test('a run is named after its cause and its object', () => {
  expect(runId({ trigger: 'Schedule', slot: at('02T02:00') }, uid)).toBe(slotRunId);
  expect(runId({ trigger: 'OneShot' }, uid)).toBe('o-1a2b3c4d');
  expect(runId({ trigger: 'Request', token: 'now' }, uid)).toMatch(/^r[0-9a-f]{10}-1a2b3c4d$/);
  expect(runId({ trigger: 'Retention', cause: 'now' }, uid)).toMatch(/^p[0-9a-f]{10}-1a2b3c4d$/);
  const event = { trigger: 'Event', on: 'TargetCreated', subject: 'the target', value: '' } as const;
  expect(runId(event, uid)).toBe('e75c68f653a-1a2b3c4d');
});

test('whatever the cause and the object, a name is short, plain and always the same', () => {
  fc.assert(
    fc.property(cause, fc.oneof(fc.uuid(), fc.string()), (one, owner) => {
      const id = runId(one, owner);
      expect(id).toMatch(/^[a-z0-9-]{2,40}$/);
      expect(runId({ ...one }, owner)).toBe(id);
    }),
  );
});

test('other causes and other objects give other names', () => {
  const other = 'ffffffff-0000';
  const ids = [
    runId({ trigger: 'Request', token: 'a' }, uid),
    runId({ trigger: 'Request', token: 'b' }, uid),
    runId({ trigger: 'Retention', cause: 'a' }, uid),
    runId({ trigger: 'OneShot' }, uid),
    runId({ trigger: 'OneShot' }, other),
    runId({ trigger: 'Schedule', slot: at('02T02:00') }, uid),
    runId({ trigger: 'Schedule', slot: at('02T02:01') }, uid),
    runId({ trigger: 'Event', on: 'TargetCreated', subject: 'a', value: '' }, uid),
    runId({ trigger: 'Event', on: 'DatabaseCreated', subject: 'a', value: '' }, uid),
    runId({ trigger: 'Event', on: 'TargetUpgrade', subject: 'a', value: 'b' }, uid),
    runId({ trigger: 'Event', on: 'TargetUpgrade', subject: 'a', value: 'c' }, uid),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('only retention is of another kind', () => {
  expect(['Schedule', 'Request', 'OneShot', 'Event', 'Retention'].map((each) => kindOf(each as 'Event'))).toEqual([
    'backup',
    'backup',
    'backup',
    'backup',
    'retention',
  ]);
});
