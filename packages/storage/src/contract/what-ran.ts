import { readFileSync } from 'node:fs';
import { expect, test, type RunnerTestSuite } from 'vitest';
import { bullet, bulletsOf, cellOf, cellsOf, tablePath, type Tally } from './table.ts';
import type { StoreName } from './tested-stores.ts';

/** The last test of a contract: the page must say exactly what passed before it, no more and no less. */
export function whatRanIsOnThePage(name: StoreName): void {
  test(`what ran here is what ${tablePath} says of ${name}`, ({ task }) => {
    const page = readFileSync(new URL(`../../../../${tablePath}`, import.meta.url), 'utf8');
    const ran = task.suite?.tasks.filter((each) => each.type === 'suite') ?? [];
    const cells = ran.map((suite) => [suite.name, cellOf(tallyOf(suite))] as const);
    expect(Object.fromEntries(cellsOf(page, name)), 'the cells of the table').toEqual(Object.fromEntries(cells));
    for (const { name: operation, tasks } of ran)
      expect(bulletsOf(page, operation), operation).toEqual(tasks.map((check) => bullet(check.name)));
  });
}

function tallyOf({ tasks }: RunnerTestSuite): Tally {
  const passed = tasks.filter(({ result }) => result?.state === 'pass');
  return { checks: passed.length, lacking: passed.filter(({ meta }) => meta.lacks !== undefined).length };
}
