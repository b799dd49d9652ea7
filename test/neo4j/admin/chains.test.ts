import { expect, test } from 'vitest';
import { chainTo, parentFor, type Header } from './chains.ts';

let second = 0;
function artifact(from: number, to: number, options: Partial<Header> = {}): Header {
  const time = new Date(Date.UTC(2026, 2, 1, 2, 0, second++)).toISOString();
  const full = from === 1;
  return {
    database: 'neo4j',
    databaseId: 'a',
    time,
    full,
    recovered: full,
    compressed: true,
    lowestTx: from,
    highestTx: to,
    ...options,
  };
}
const emptyDiff = () => artifact(0, 0, { full: false });

test('the parent is the latest backup that is not empty, or the latest DIFF on request', () => {
  const headers = [artifact(1, 10), artifact(11, 20), artifact(21, 30), emptyDiff(), artifact(1, 40)];
  expect(parentFor(headers, 'a', false)?.highestTx).toBe(40);
  expect(parentFor(headers, 'a', true)?.highestTx).toBe(30);
});

test('a preference for DIFFs falls back to the FULL when there is no DIFF', () => {
  expect(parentFor([artifact(1, 10), emptyDiff()], 'a', true)?.highestTx).toBe(10);
});

test('another identity under the same name has no parent', () => {
  expect(parentFor([artifact(1, 10)], 'b', false)).toBeUndefined();
});

test('a chain is the FULL and every DIFF that joins without a gap', () => {
  const last = artifact(21, 30);
  const ranges = chainTo([artifact(1, 10), artifact(11, 20), artifact(1, 25), last], last, false)?.map(
    ({ lowestTx, highestTx }) => [lowestTx, highestTx],
  );
  expect(ranges).toEqual([
    [1, 10],
    [11, 20],
    [21, 30],
  ]);
});

test('a missing link breaks the chain', () => {
  const last = artifact(21, 30);
  expect(chainTo([artifact(1, 10), last], last, true)).toBeUndefined();
});

test('only the first DIFF may reach back, and only where overlap is allowed', () => {
  const [full, first, second] = [artifact(1, 10), artifact(8, 20), artifact(18, 30)] as const;
  expect(chainTo([full, first], first, false)).toBeUndefined();
  expect(chainTo([full, first], first, true)).toEqual([full, first]);
  expect(chainTo([full, first, second], second, true)).toBeUndefined();
});

test('an empty DIFF brings what the latest backup before it brings', () => {
  const [full, diff, empty, later] = [artifact(1, 10), artifact(11, 20), emptyDiff(), artifact(21, 30)] as const;
  expect(chainTo([full, diff, empty, later], empty, false)).toEqual([full, diff]);
});
