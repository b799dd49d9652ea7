import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compareBytes } from './compare-bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-compare-'));
const file = join(folder, 'store');
const wanted = [Buffer.from('hello '), Buffer.from('world')];
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['the same bytes are equal', 'hello world', { bytes: 11, comparedBytes: 11, equal: true }],
  ['one other byte is found where it stands', 'hello wOrld', { bytes: 11, comparedBytes: 7, equal: false }],
  ['a missing end is a difference', 'hello wor', { bytes: 9, comparedBytes: 9, equal: false }],
  ['a byte too many is a difference', 'hello world!', { bytes: 12, comparedBytes: 11, equal: false }],
])('%s', async (_name, text, compared) => {
  writeFileSync(file, text);
  expect(await compareBytes(file, wanted)).toEqual(compared);
});
