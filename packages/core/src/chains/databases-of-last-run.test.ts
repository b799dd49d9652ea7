import { expect, test } from 'vitest';
import { anEntry } from './an-entry.ts';
import { databasesOfLastRun } from './databases-of-last-run.ts';

test('the newest run that is not this one tells what to expect', () => {
  const entries = [
    anEntry({ artifact: 'a', run: 'one', hour: 1, database: 'dropped' }),
    anEntry({ artifact: 'b', run: 'two', hour: 2, database: 'orders' }),
    anEntry({ artifact: 'c', run: 'two', hour: 2, database: 'system' }),
    anEntry({ artifact: 'd', run: 'three', hour: 3, database: 'other' }),
  ];
  expect(databasesOfLastRun(entries, 'three', undefined).toSorted()).toEqual(['orders', 'system']);
});

test('a run that succeeded in part does not make its missing database forgotten', () => {
  const entries = [
    anEntry({ artifact: 'a', run: 'older', hour: 1, database: 'dropped' }),
    anEntry({ artifact: 'b', run: 'good', hour: 2, database: 'orders' }),
    anEntry({ artifact: 'c', run: 'good', hour: 2, database: 'system' }),
    anEntry({ artifact: 'd', run: 'partial', hour: 3, database: 'system' }),
    anEntry({ artifact: 'e', run: 'partial', hour: 3, database: 'new' }),
  ];
  expect(databasesOfLastRun(entries, 'this', 'good').toSorted()).toEqual(['new', 'orders', 'system']);
  expect(databasesOfLastRun(entries, 'this', 'long gone').toSorted()).toEqual(['new', 'system']);
});

test('the first run has nothing to expect', () => {
  expect(databasesOfLastRun([anEntry({ artifact: 'a', run: 'one' })], 'one', undefined)).toEqual([]);
});
