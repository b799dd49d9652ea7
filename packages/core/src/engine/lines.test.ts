import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSplitter } from './lines.ts';

test('lines come whole however the pieces were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.nat({ max: 7 }), (texts, size) => {
      const lines = texts.map((text) => text.replace(/[\r\n]/g, '')).filter((text) => text !== '');
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(''));
      expect(linesOf(piecesOf(bytes, size + 1))).toEqual(lines.map((line) => line.toWellFormed()));
    }),
  );
});

test('a progress bar that only returns the carriage gives a line each time', () => {
  expect(linesOf(['10%\r20%\r', '30%'])).toEqual(['10%', '20%', '30%']);
});

test('ten megabytes without a line break keep a few kilobytes, and the next line is fine', () => {
  const piece = new Uint8Array(64 * 1024).fill(120);
  const seen: { length: number; cut: boolean }[] = [];
  const splitter = lineSplitter((line, cut) => seen.push({ length: line.length, cut }));
  for (let n = 0; n < 160; n++) splitter.push(piece);
  splitter.push('\nfine\n');
  splitter.end();
  expect(seen).toEqual([
    { length: 8192, cut: true },
    { length: 4, cut: false },
  ]);
});

function linesOf(pieces: Iterable<Uint8Array | string>): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return lines;
}

function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
