import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** What every verb and controller works with. */
export interface Api {
  readonly store: Store;
  readonly registry: Registry;
  /** The cluster's clock. */
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

/** How strictly unknown fields are taken (`fieldValidation`). */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Options common to all writes. */
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldValidation?: FieldValidation;
  /** Receives each warning for the client, without the header's number. */
  readonly warn?: (text: string) => void;
}
