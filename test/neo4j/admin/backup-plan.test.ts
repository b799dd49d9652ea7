import { expect, test } from 'vitest';
import { planBackup, type BackupFacts } from './backup-plan.ts';

const parent = { full: true, lowestTx: 1, highestTx: 10 };
const facts = (change: Partial<BackupFacts>): BackupFacts => ({
  type: 'AUTO',
  parent,
  lastTx: 50,
  firstAvailableTx: 1,
  overlap: 0,
  folder: '/backups',
  ...change,
});

test.each<[what: string, change: Partial<BackupFacts>, expected: object]>([
  ['FULL is always a FULL', { type: 'FULL' }, { kind: 'full' }],
  ['AUTO without a parent falls back', { parent: undefined }, { kind: 'full', failedDiff: expect.any(String) }],
  ['DIFF without a parent is refused', { type: 'DIFF', parent: undefined }, { kind: 'refused', why: 'no-parent' }],
  ['AUTO with a parent is a DIFF', {}, { kind: 'diff', from: 11, to: 50 }],
  ['nothing new is an empty DIFF', { type: 'DIFF', lastTx: 10 }, { kind: 'empty' }],
  ['AUTO with pruned logs falls back', { firstAvailableTx: 12 }, { kind: 'full', failedDiff: expect.any(String) }],
  ['DIFF with pruned logs is refused', { type: 'DIFF', firstAvailableTx: 12 }, { kind: 'refused', why: 'pruned' }],
  ['logs from the next transaction on are enough', { firstAvailableTx: 11 }, { kind: 'diff', from: 11, to: 50 }],
  ['the first DIFF may reach back', { overlap: 3 }, { kind: 'diff', from: 8, to: 50 }],
  ['a later DIFF never reaches back', { overlap: 3, parent: { ...parent, full: false } }, { kind: 'diff', from: 11 }],
])('%s', (_what, change, expected) => {
  expect(planBackup(facts(change))).toMatchObject(expected);
});
