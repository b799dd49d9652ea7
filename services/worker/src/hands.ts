import type { Hands as Access } from '@holdfast/access';
import type { Log } from '@holdfast/runtime';

/** What a worker's steps work with. */
export interface Hands extends Access {
  readonly log: Log;
  readonly clusterDomain: string;
  /** Told how long after the watcher's event a Job was created, for first attempts that waited for nothing. */
  readonly onJobCreated?: (afterMs: number) => void;
}
