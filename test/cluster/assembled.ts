import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a cluster is put together. */
export interface Site {
  readonly dir: string;
  /** Nobody named the folder: it goes with the cluster. */
  readonly temporary: boolean;
  /** What undoes each step, in the order of the steps. */
  readonly stops: (() => unknown)[];
  /** Undoes all of them, the last one first. */
  readonly stop: () => Promise<void>;
}

/**
 * Puts a cluster together; when a part does not start, what had started is stopped again.
 * @param dir folder for everything it keeps; undefined is a new one below the system's temporary folder
 */
export async function assembled<T>(dir: string | undefined, assemble: (site: Site) => Promise<T>): Promise<T> {
  const stops: Site['stops'] = [];
  const stop = async () => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  const place = dir === undefined ? mkdtempSync(join(tmpdir(), 'holdfast-cluster-')) : resolve(dir);
  try {
    return await assemble({ dir: place, temporary: dir === undefined, stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}
