import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { artifactOfFile, parseArtifactName } from './artifact-name.ts';
import { parseInspectTable } from './inspect-table.ts';
import { lineSplitter } from './lines.ts';
import { parseOutputLine } from './output-line.ts';
import { readOutput } from './output.ts';
import { quoteLine } from './quote.ts';
import { compareVersions, formatVersion, parseVersion } from './versions.ts';

/** What the engine prints, cut into words that mean something to a reader of it. */
const words = [
  "'orders'",
  "'",
  ' for database ',
  'Starting backup of database ',
  ' from servers: [',
  ']',
  'Failed to connect to ',
  '(core-1:6362)',
  'Differential backup of database ',
  ' failed. Reason: ',
  "Finished artifact creation 's3://b/orders-2026-03-01T02-00-34.backup'",
  'DatabaseId{62d1820c[',
  'password=hunter2',
  '//user:pass@',
  '2026-03-01 02:00:34.123+0000 INFO  [o.n.b.v.BackupOutputMonitor] ',
  '| FILE | DATABASE | DATABASE ID | TIME (UTC) | FULL | COMPRESSED | LOWEST TX | HIGHEST TX |',
  '| file:///b/orders-2026-03-01T02-00-34.backup | orders | 62d1 | 2026-03-01T02:00:34 | true | true | 1 | 9 |',
  '%2F..%2F',
  '|',
  '\r',
  '\n',
  '\t',
  ' ',
  '2025.10.1',
  '9'.repeat(30),
];
const text = fc
  .oneof(
    fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 20 }),
    fc.array(fc.constantFrom(...words), { maxLength: 20 }),
  )
  .map((parts) => parts.join(''));

test('no line of output makes a reader fail, and what it quotes stays short and on one line', () => {
  fc.assert(
    fc.property(text, (line) => {
      const event = parseOutputLine(line);
      expect(event === undefined || typeof event.kind === 'string').toBe(true);
      const quoted = quoteLine(line);
      expect(quoted.length).toBeLessThanOrEqual(300);
      expect(quoted).not.toMatch(/[\u0000-\u001f\u007f]|hunter2|user:pass@/);
    }),
  );
});

test('a table of any content gives rows that name a file, and nothing outside its folder', () => {
  const cell = fc.oneof(fc.constantFrom('true', 'false', '1', '9', '..', '', 'file:///b/..', 's3://b/a%2Fb'), text);
  const row = fc.array(cell, { minLength: 7, maxLength: 9 }).map((cells) => `| ${cells.join(' | ')} |`);
  const uri = fc.oneof(
    fc.constantFrom('s3://b/%2e%2e', 'file:///b/..%2f..%2fetc', 'x%5Cy', 's3://b/a%00', 's3://b/%', '/b/a.backup'),
    fc.string({ unit: 'grapheme' }),
  );
  const plausible = uri.map((file) => `| ${file} | orders | 62d1 | 2026-03-01T02:00:34 | true | true | 1 | 9 |`);
  fc.assert(
    fc.property(fc.array(fc.oneof(row, plausible, text)), (lines) => {
      const { rows, found } = parseInspectTable([words[15], ...lines].join('\n'));
      expect(found).toBe(true);
      for (const { file, time, lowestTx, highestTx } of rows) {
        expect(file).not.toMatch(/^\.{0,2}$|[/\\\u0000-\u001f]/);
        expect(Number.isNaN(time.getTime())).toBe(false);
        expect([lowestTx, highestTx].every(Number.isSafeInteger)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('a version that is read is written and read again as itself', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.stringMatching(/^[v0-9.-]{0,20}$/)), (written) => {
      const version = parseVersion(written);
      if (!version) return;
      const again = parseVersion(formatVersion(version));
      expect(again).toEqual(version);
      expect(again && compareVersions(again, version)).toBe(0);
    }),
  );
});

test('the name of an artifact is put together from what was read of it', () => {
  const name = fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('', '.1', '.12', '.x', '.backup'));
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        name.map(([database, end]) => `${database}-2026-03-01T02-00-34.backup${end}`),
      ),
      (file) => {
        const artifact = artifactOfFile(file);
        if (artifact === undefined) return;
        const read = parseArtifactName(artifact);
        expect(`${read?.database}-${read?.stamp}.backup`).toBe(artifact);
        expect(file.startsWith(artifact)).toBe(true);
      },
    ),
  );
});

describe('ten megabytes of junk in one line', () => {
  test.each([...words, 'x', '\u0000', '| ', 'a|', '\u{1F600}', '0.', 'Failed to reach server '])('of %j', (word) => {
    const piece = Buffer.from(word.repeat(Math.ceil(65_536 / word.length)));
    const reader = readOutput();
    const channel = reader.channel();
    const began = performance.now();
    for (let bytes = 0; bytes < 10_000_000; bytes += piece.length) channel.push(piece);
    channel.end();
    const report = reader.report();
    expect(JSON.stringify([report.databases, report.unreachable, report.lastWords]).length).toBeLessThan(100_000);
    const table = parseInspectTable(word.repeat(Math.ceil(1_000_000 / word.length)));
    expect(table.rows.length).toBeLessThan(20_000);
    const long = word.repeat(Math.ceil(1_000_000 / word.length));
    parseVersion(long);
    artifactOfFile(`${long}.backup`);
    quoteLine(long);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

test('a splitter keeps no more of a line than it may, in pieces of any size and any bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.integer({ min: 1, max: 50 }), (pieces, maxLength) => {
      const lines: string[] = [];
      const splitter = lineSplitter((line) => lines.push(line), { maxLength });
      for (const piece of pieces) splitter.push(piece);
      splitter.end();
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(maxLength);
        expect(line).not.toMatch(/[\r\n]/);
      }
    }),
  );
});
