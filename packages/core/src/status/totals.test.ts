import type { Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anEnding, aRecordedRun, aRun, at } from '../run/an-observed.ts';
import { missSlots, recordRun, settleRun } from './changes.ts';
import type { Ending } from './history-entry.ts';
import { totalsOf } from './totals.ts';

const now = at('02T02:05');
const succeeded: Ending = { status: 'Succeeded', reason: 'Succeeded', message: 'fine' };
const settle = (status: Status, id: string, ending: Ending = succeeded) =>
  settleRun({ ...status, activeRun: aRun({ id }) }, ending, 2, now);
const total = (status: string, reason: string, count: number) => ({ status, reason, count });

test('totals go on where the history lets go', () => {
  let status: Status = {};
  for (const id of ['one', 'two', 'three', 'four']) status = settle(status, id);
  status = settle(status, 'five', { status: 'Failed', reason: 'EngineFailed', message: 'exit code 1' });
  expect(status.history).toHaveLength(2);
  expect(totalsOf(status)).toEqual([total('Succeeded', 'Succeeded', 4), total('Failed', 'EngineFailed', 1)]);
});

test('a run that stands in the history already is not counted again', () => {
  const once = settle({}, 'one');
  expect(totalsOf(settle(once, 'one'))).toEqual(totalsOf(once));
});

test('missed slots are counted by how many there were, however they came to be missed', () => {
  let status = missSlots(settle({}, 'first'), at('02T02:00'), 3, 2);
  status = recordRun(status, aRecordedRun(), 2, 2);
  status = settle(status, 'late', { status: 'Missed', reason: 'Superseded', message: 'no place in time' });
  expect(totalsOf(status)).toEqual([
    total('Succeeded', 'Succeeded', 1),
    total('Missed', 'SlotSkipped', 3),
    total('Missed', 'SlotMissed', 2),
    total('Missed', 'Superseded', 1),
  ]);
});

test('an object without totals has what its history shows, and goes on from there', () => {
  const history = [
    anEnding({ runId: 'b' }),
    anEnding({ runId: 'a', status: 'Missed', reason: 'SlotMissed', count: 4 }),
  ];
  expect(totalsOf({ history })).toEqual([total('Missed', 'SlotMissed', 4), total('Succeeded', 'Succeeded', 1)]);
  expect(totalsOf(settle({ history }, 'c'))).toContainEqual(total('Succeeded', 'Succeeded', 2));
});
