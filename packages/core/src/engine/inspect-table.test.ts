import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArtifactName, artifactOfFile } from './artifact-name.ts';
import { isEmptyRow, parseInspectTable } from './inspect-table.ts';

const id = '62d1820c-3ac6-4b15-a0b3-bf7e7becc8d0';
const malmo = {
  file: 'malmo-2024-10-07T16-00-34.backup',
  uri: 'file:///b/malmo-2024-10-07T16-00-34.backup',
  database: 'malmo',
  databaseId: id,
  time: new Date('2024-10-07T16:00:34Z'),
  full: false,
  compressed: true,
  lowestTx: 6,
  highestTx: 6,
};

describe('the table', () => {
  test('of 5.26 has no column for recovery', () => {
    const table = parseInspectTable(`
|                                       FILE | DATABASE |                          DATABASE ID |          TIME (UTC) |  FULL | COMPRESSED | LOWEST TX | HIGHEST TX |
| file:///b/malmo-2024-10-07T16-00-34.backup |    malmo | ${id} | 2024-10-07T16:00:34 | false |       true |         6 |          6 |
`);
    expect(table).toEqual({ rows: [malmo], found: true, unreadable: [] });
  });

  test('of later versions may have more columns, in another order, between lines of noise', () => {
    const table = parseInspectTable(`Picked up JAVA_TOOL_OPTIONS: -Xmx1g
WARNING: Using incubator modules: jdk.incubator.vector
| RECOVERED | STORE ID HASH | FILE | DATABASE ID | DATABASE | TIME (UTC) | FULL | HIGHEST TX | LOWEST TX | COMPRESSED |
| false | 8f3a | file:///b/malmo-2024-10-07T16-00-34.backup | ${id} | malmo | 2024-10-07T16:00:34 | false | 6 | 6 | true |
  at com.neo4j.Something(Something.java:1)
`);
    expect(table.rows).toEqual([{ ...malmo, recovered: false }]);
  });

  test('of the older entry point heads its times without a zone, and they are UTC as well', () => {
    const table =
      parseInspectTable(`| FILE | DATABASE | DATABASE ID | TIME | FULL | COMPRESSED | LOWEST TX | HIGHEST TX |\r
| file:///b/malmo-2024-10-07T16-00-34.backup | malmo | ${id} | 2024-10-07T16:00:34 | false | true | 6 | 6 |\r\n`);
    expect(table.rows).toEqual([malmo]);
  });

  test('sorts rows by time and then by transaction', () => {
    const { rows } = parseInspectTable(
      [
        header,
        row('c', '2026-01-02T00:00:00', 9),
        row('b', '2026-01-01T00:00:00', 8),
        row('a', '2026-01-01T00:00:00', 7),
      ].join('\n'),
    );
    expect(rows.map(({ file }) => file)).toEqual(['a', 'b', 'c']);
  });

  test('without a header is told from one without rows', () => {
    expect(parseInspectTable('Unmatched argument at index 1: inspect')).toMatchObject({ found: false, rows: [] });
    expect(parseInspectTable(header)).toMatchObject({ found: true, rows: [] });
  });

  test('without its metadata columns is no table of ours', () => {
    expect(parseInspectTable('| FILE |\n| file:///b/x.backup |').found).toBe(false);
  });

  test.each(['not-a-time', '2026-13-45T00:00:00', ''])(
    'reports a row with the time "%s" instead of guessing',
    (time) => {
      const table = parseInspectTable(`${header}\n| s3://b/x | d | i | ${time} | true | true | 1 | 2 |`);
      expect(table.rows).toEqual([]);
      expect(table.unreadable).toHaveLength(1);
    },
  );

  test('survives any junk, and still finds the row beside it', () => {
    const good = `| ${malmo.uri} | malmo | ${id} | 2024-10-07T16:00:34 | false | true | 6 | 6 |`;
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `| ${text} | ${text} |`),
    );
    fc.assert(
      fc.property(fc.array(junk), fc.array(junk), (before, after) => {
        const table = parseInspectTable([...before, header, good, ...after].join('\n'));
        expect(table.rows).toContainEqual(malmo);
      }),
    );
  });

  test('is not slowed by ten megabytes of bars and blanks', () => {
    const started = performance.now();
    expect(parseInspectTable(`${header}\n|${' |'.repeat(5_000_000)}`).rows).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('a DIFF from 0 to 0 is empty, one from 6 to 6 is not', () => {
  expect(isEmptyRow({ ...malmo, lowestTx: 0, highestTx: 0 })).toBe(true);
  expect(isEmptyRow(malmo)).toBe(false);
});

test('the name of an artifact is read from the right', () => {
  expect(parseArtifactName('my-db.v2-2024-10-07T16-00-34.backup')).toEqual({
    database: 'my-db.v2',
    stamp: '2024-10-07T16-00-34',
  });
  const nested = 'a-2024-10-07T16-00-34.backup-2025-01-01T00-00-00.backup';
  expect(parseArtifactName(nested)?.database).toBe('a-2024-10-07T16-00-34.backup');
  for (const other of ['malmo.backup', 'malmo-2024-10-07.backup', '-2024-10-07T16-00-34.backup', `${malmo.file}.1`]) {
    expect(parseArtifactName(other)).toBeUndefined();
  }
});

test('a companion part belongs to its artifact', () => {
  expect(artifactOfFile(`${malmo.file}.12`)).toBe(malmo.file);
  expect(artifactOfFile(malmo.file)).toBe(malmo.file);
  expect(artifactOfFile('notes.txt')).toBeUndefined();
});

const header = '| FILE | DATABASE | DATABASE ID | TIME (UTC) | FULL | COMPRESSED | LOWEST TX | HIGHEST TX |';

function row(file: string, time: string, tx: number): string {
  return `| s3://b/${file} | d | i | ${time} | false | true | ${tx} | ${tx} |`;
}
