import { createVitest, type TestCase } from 'vitest/node';
import {
  storeNamed,
  testedStores,
  type Operation,
  type StoreName,
} from '../packages/storage/src/contract/tested-stores.ts';
import type { Feature } from '../packages/storage/src/contract/features.ts';
import { root } from './steps.ts';

/** A declared check of the contract of stores. */
export interface StoreCheck {
  readonly store: StoreName;
  readonly operation: Operation;
  readonly name: string;
  /** The feature that the store does not have, and that the check sees it not to have. */
  readonly lacks?: Feature;
}

/** Reads the checks that are declared for each tested store, without running any. */
export async function collectStores(): Promise<StoreCheck[]> {
  const stores = Object.keys(testedStores) as StoreName[];
  const files = [...new Set(stores.map((name) => storeNamed(name).file))];
  const project = ['unit', 'stand-ins'];
  // As in CI no server is looked for beforehand: nothing is started here, so nobody must hear which ones this machine has.
  const vitest = await createVitest('test', { root, watch: false, project, reporters: [], env: { CI: 'true' } });
  try {
    const { testModules, unhandledErrors } = await vitest.collect(files, { staticParse: false });
    const broken = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())];
    if (broken.length > 0) throw new AggregateError(broken, 'the tests of stores cannot be read');
    const checks = testModules.flatMap((module) => [...module.children.allTests()].flatMap(declared));
    // Files are read side by side; the page shall not depend on which was first.
    return stores.flatMap((store) => checks.filter((check) => check.store === store));
  } finally {
    await vitest.close();
  }
}

function declared(test: TestCase): StoreCheck[] {
  const { parent } = test;
  if (parent.type !== 'suite' || parent.parent.type !== 'suite') return [];
  const { contractOf: store } = parent.parent.meta();
  const { lacks } = test.meta();
  return store ? [{ store, operation: parent.name as Operation, name: test.name, ...(lacks && { lacks }) }] : [];
}
