import type { ObjectStore } from '../object-store.ts';
import type { Lacks } from './features.ts';

/** The store of the test that runs: an empty one of its own. */
export interface Given {
  readonly store: ObjectStore;
  /** Opens a further empty one, for what several tests look at. */
  readonly open: () => Promise<OpenedStore>;
  readonly lacks: Lacks;
  /** How others would open it. */
  readonly strangers: Strangers;
}

/** A store as it looks to those who have no business there, or look for it in the wrong place. */
export interface Strangers {
  /** Opens it with keys that are not the server's; answers what nobody may be told: the keys, and how a signature looks. */
  readonly wrongKeys: () => Promise<{ readonly store: ObjectStore; readonly hush: readonly (string | RegExp)[] }>;
  /** Opens one that nobody made. */
  readonly missing: () => Promise<ObjectStore>;
}

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}
