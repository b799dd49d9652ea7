import { expect, test } from 'vitest';
import { inspectTable } from './inspect-table.ts';
import type { FoundArtifact } from './inventory.ts';
import { readSettings } from './settings.ts';
import { parseVersion } from './version.ts';

const artifact = {
  uri: 'file:///b/malmo-2024-10-07T16-00-34.backup',
  database: 'malmo',
  databaseId: '62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0',
  time: '2024-10-07T16:00:34Z',
  full: false,
  compressed: true,
  lowestTx: 6,
  highestTx: 6,
  recovered: false,
} as FoundArtifact;

const tableOf = (version: string, env: Record<string, string> = {}, rows = [artifact]) =>
  inspectTable(
    rows,
    { version: parseVersion(version), settings: readSettings(env) },
    { timeHeader: 'TIME (UTC)', withMetadata: true },
  );
const headersOf = (table: string) =>
  (table.split('\n')[0] ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const base = ['FILE', 'DATABASE', 'DATABASE ID', 'TIME (UTC)', 'FULL', 'COMPRESSED', 'LOWEST TX', 'HIGHEST TX'];

test.each([
  ['5.26', base],
  ['2025.05', base],
  ['2025.06', [...base, 'RECOVERED']],
  ['2026.01', [...base, 'STORE ID HASH', 'RECOVERED']],
])('%s has its own columns', (version, columns) => {
  expect(headersOf(tableOf(version))).toEqual(columns);
});

test('the column that nobody confirmed can be switched', () => {
  expect(headersOf(tableOf('2026.01', { NEO4J_STANDIN_STORE_ID_HASH: 'false' }))).not.toContain('STORE ID HASH');
  expect(headersOf(tableOf('5.26', { NEO4J_STANDIN_STORE_ID_HASH: 'true' }))).toContain('STORE ID HASH');
});

test('cells are right-aligned, the header row first, no separator row', () => {
  const [header = '', row = '', ...rest] = tableOf('5.26').split('\n');
  expect(rest).toEqual([]);
  expect(row.length).toBe(header.length);
  expect(row).toContain('|    malmo |');
  expect(row).toContain('| 2024-10-07T16:00:34 | false |       true |         6 |          6 |');
});

test('an empty folder is a table with its header only', () => {
  expect(tableOf('5.26', {}, []).split('\n')).toHaveLength(1);
});
