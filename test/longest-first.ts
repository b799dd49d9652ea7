import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of minutes. Whichever began last would run alone at the end, with the rest of the machine idle. */
const longest = [
  'faults/killed-sweeps',
  'journeys/big-database',
  'journeys/production-backup',
  'real/month',
  'faults/outage',
  'demo/demo',
  'faults/retention-plan',
  'faults/leader',
  'store/s3-on-moto',
  'retention/simulate',
  'images/images',
  'properties/stories',
];

/** Starts the files that take longest first; for the others the order is the runner's own. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.includes(`/${name}`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
