import type { ObjectStore } from '../object-store.ts';
import type { Lacks } from './lacks.ts';

/** The store of the test that runs: an empty one of its own. */
export interface Given {
  readonly store: ObjectStore;
  /** Opens a further empty one, for what several tests look at. */
  readonly open: () => Promise<OpenedStore>;
  readonly lacks: Lacks;
}

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}
