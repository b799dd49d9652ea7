import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { benches } from './benches/index.ts';
import { pageFile, readOutcomes } from './harness/outcome.ts';
import { play } from './harness/play.ts';
import { report } from './harness/report.ts';

test.each([...benches.values()])(
  '$name gives right results at its smallest size',
  async (bench) => {
    const { judgements, left } = await play(bench, { size: 'smoke', rounds: 1, say: () => undefined });
    if (judgements.length === 0) expect(left).not.toEqual([]);
    for (const sentence of left) process.stderr.write(`${bench.name}: left out: ${sentence}\n`);
    for (const { ratio } of judgements) expect(ratio).toBeGreaterThanOrEqual(0);
  },
  300_000,
);

test('the page says what the kept outcomes say', async () => {
  expect(await readFile(pageFile, 'utf8')).toBe(report(await readOutcomes(), [...benches.values()]));
});
