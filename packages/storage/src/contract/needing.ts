import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { features, type Feature, type Lack } from './features.ts';
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
  const meta = lack ? { lacks: feature } : {};
  return (name, check, instead = check) => test(name, { meta }, () => played(feature, lack, { check, instead }));
}

async function played(
  feature: Feature,
  lack: Lack | undefined,
  { check, instead }: { check: Check; instead: Check },
): Promise<void> {
  if (!lack) return check();
  if (!lack.seen) return instead();
  const failure: unknown = await check().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined)
    throw new Error(`this store has ${features[feature]}; take that off the record of what it lacks`);
  expect(failure instanceof Error ? failure.message : inspect(failure)).toMatch(lack.seen);
}
