import { expect, test } from 'vitest';
import { features, type Feature } from './features.ts';
import type { Given } from './given.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The feature that the tested store lacks. */
    lacks?: Feature;
  }
}

type Check = () => Promise<void>;

/**
 * Declares a check of a feature that not every store has. On a store that lacks it the check must fail, as its record says.
 * @returns declares it; with `instead`, what holds of a store without the feature, for checks whose failing is a matter of luck
 */
export function needing(given: Given, feature: Feature): (name: string, check: Check, instead?: Check) => void {
  const lack = given.lacks[feature];
  if (!lack) return (name, check) => void test(name, check);
  return (name, check, instead) =>
    void test(name, { meta: { lacks: feature } }, async () => {
      if (!lack.seen) return (instead ?? check)();
      const failure: unknown = await check().then(
        () => new Error(`it passes: this store has ${features[feature]}; take that off the record of what it lacks`),
        (error: unknown) => error,
      );
      expect(failure instanceof Error ? failure.message : String(failure)).toMatch(lack.seen);
    });
}
