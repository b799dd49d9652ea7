import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of minutes. Whichever began last would run alone at the end, with the rest of the machine idle. */
const longest = [
  'test/faults/killed-sweeps',
  'test/journeys/big-database',
  'test/journeys/production-backup',
  'test/cluster/real/month',
  'test/faults/outage',
  'test/demo/demo',
  'test/faults/retention-plan',
  'test/faults/leader',
  'test/cluster/store/s3-on-moto',
  'packages/core/src/retention/simulate',
  'scripts/images/images',
  'test/properties/stories-1.property',
  'test/properties/stories-2.property',
  'test/properties/stories-3.property',
  'test/properties/stories-4.property',
].map((name) => join(import.meta.dirname, '..', `${name}.test.ts`));

/** Starts the files that take longest first; for the others the order is the runner's own. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = longest.find((file) => !existsSync(file));
    if (gone !== undefined) throw new Error(`${import.meta.filename} puts ${gone} first, which is not there`);
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.indexOf(moduleId);
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
