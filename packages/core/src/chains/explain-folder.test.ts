import { expect, test } from 'vitest';
import { aRow, rowOf } from './a-row.ts';
import { anEntry, atHour } from './an-entry.ts';
import { explainFolder, type KnownRun } from './explain-folder.ts';

const full = anEntry({ artifact: 'f', tx: [1, 10], hour: 0 });
const diff = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 1 });
const died: KnownRun = { id: 'run-9', startedAt: new Date(atHour(9).getTime() + 700), endedAt: atHour(12) };

test('what a manifest tells of is explained', () => {
  const folder = explainFolder([full, diff].map(rowOf), [diff, full], []);
  expect(folder).toMatchObject({ adopt: [], unexplained: [], missing: [], suspect: new Set() });
  expect(folder.explained.map(({ entry }) => entry)).toEqual([diff, full]);
});

test('what a known run made without leaving a manifest can be adopted', () => {
  const row = aRow({ artifact: 'd2', tx: [21, 30], hour: 10 });
  expect(explainFolder([row], [], [died]).adopt).toEqual([{ row, run: 'run-9' }]);
});

test('artifacts know only seconds, so the second in which a run started is its own', () => {
  const row = aRow({ artifact: 'd2', hour: 9 });
  expect(explainFolder([row], [], [died]).adopt).toHaveLength(1);
});

test.each([8, 13])('what was made at hour %d, when no known run was under way, stays unexplained', (hour) => {
  const row = aRow({ artifact: 'd2', hour });
  expect(explainFolder([row], [], [died])).toMatchObject({ adopt: [], unexplained: [row] });
});

test('a run without an end is still under way', () => {
  const row = aRow({ artifact: 'd2', hour: 500 });
  expect(explainFolder([row], [], [{ id: 'run-9', startedAt: atHour(9) }]).adopt).toHaveLength(1);
});

test('of two runs whose times touch, the later one made it', () => {
  const row = aRow({ artifact: 'd2', hour: 12 });
  const next = { id: 'run-12', startedAt: atHour(12) };
  expect(explainFolder([row], [], [next, died]).adopt).toEqual([{ row, run: 'run-12' }]);
});

test('a second artifact of the same run and database has no place', () => {
  const [first, second] = [aRow({ artifact: 'd2', hour: 10 }), aRow({ artifact: 'd3', hour: 11 })];
  expect(explainFolder([second, first], [], [died])).toMatchObject({ adopt: [{ row: first }], unexplained: [second] });
  const recorded = anEntry({ artifact: 'd4', hour: 9 });
  const folder = explainFolder([rowOf(recorded), second], [recorded], [died]);
  expect(folder).toMatchObject({ adopt: [], unexplained: [second] });
});

test('a manifest whose artifact is gone puts its chain under suspicion', () => {
  const folder = explainFolder([rowOf(full)], [full, diff], []);
  expect(folder).toMatchObject({ missing: [diff], suspect: new Set(['f']) });
});

test('an artifact that is not what its manifest says is missing and unexplained at once', () => {
  const other = { ...rowOf(diff), highestTx: 19 };
  const folder = explainFolder([rowOf(full), other], [full, diff], [{ id: 'run-1', startedAt: atHour(1) }]);
  expect(folder).toMatchObject({ missing: [diff], adopt: [], unexplained: [other] });
});

test('manifests of staged runs do not belong to this folder', () => {
  const staged = anEntry({ artifact: 's', objectKey: 'artifacts/run-1/s.backup' });
  expect(explainFolder([], [staged], [])).toMatchObject({ missing: [], suspect: new Set() });
});

test('an artifact that was rejected is neither adopted nor wondered about', () => {
  const row = aRow({ artifact: 'd2', tx: [21, 30], hour: 10 });
  expect(explainFolder([row], [], [died], new Set([row.file]))).toMatchObject({ adopt: [], unexplained: [] });
});
