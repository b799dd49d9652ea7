import type { ObjectStore } from '../object-store.ts';

/** The store of the test that runs: an empty one of its own. */
export interface Given {
  readonly store: ObjectStore;
}
