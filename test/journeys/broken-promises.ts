import { archivedKey, parseKey } from '@holdfast/core';
import type { Manifest } from '@holdfast/types';
import type { StoreEvent } from '../cluster/store/store-events.ts';

/** What is known of a folder besides the diary of its store. */
export interface Folder {
  readonly bucket: string;
  /** Without a slash at its ends. */
  readonly folder: string;
  /** Every manifest that was ever seen in it. */
  readonly manifests: readonly Manifest[];
  /** Newest runs that the policy keeps whatever else it says. */
  readonly maxCount: number;
}

/**
 * Plays the diary of a store again and looks after every single request: which objects counted, and was each chain that counted whole? Answers a
 * sentence for each moment at which something was not as promised; the diary knows every moment there was, and the product cannot bend it.
 */
export function brokenPromises(events: readonly StoreEvent[], folder: Folder): string[] {
  const history = new History(folder);
  for (const event of events) {
    if (event.bucket !== folder.bucket || !event.key.startsWith(`${folder.folder}/`) || event.status >= 300) continue;
    const key = event.key.slice(folder.folder.length + 1);
    if (['put', 'copy', 'complete'].includes(event.operation)) history.wrote(key);
    else if (event.operation === 'remove') history.removed(key, event.at);
  }
  return [...history.troubles];
}

class History {
  readonly troubles = new Set<string>();
  readonly #folder: Folder;
  readonly #there = new Set<string>();
  readonly #byKey: ReadonlyMap<string, Manifest>;
  /** Keys of manifests in the order in which they came to count. */
  readonly #counted: string[] = [];

  constructor(folder: Folder) {
    this.#folder = folder;
    this.#byKey = new Map(folder.manifests.map((manifest) => [keyOf(manifest), manifest]));
  }

  wrote(key: string): void {
    this.#there.add(key);
    if (parseKey(key)?.kind !== 'manifest') return;
    this.#counted.push(key);
    this.#look(`when ${key} came to count`);
  }

  removed(key: string, at: string): void {
    if (!this.#there.has(key)) return;
    const manifest = this.#byKey.get(key);
    if (manifest) this.#mayGo(manifest, at);
    this.#there.delete(key);
    this.#look(`after ${key} went at ${at}`);
  }

  /** I4: a run that the policy still counts stays. I5: so does the newest of each database. */
  #mayGo({ run, database }: Manifest, at: string): void {
    const runs = [...new Set(this.#counted.flatMap((key) => this.#byKey.get(key)?.run ?? []))];
    if (runs.slice(-this.#folder.maxCount).includes(run))
      this.troubles.add(
        `run ${run} of ${database} went at ${at}, although it was one of the newest ${this.#folder.maxCount}`,
      );
    const ofDatabase = this.#counted
      .flatMap((key) => this.#byKey.get(key) ?? [])
      .filter((one) => one.database === database);
    if (ofDatabase.at(-1)?.run === run) this.troubles.add(`the newest artifact of ${database} went at ${at}`);
  }

  #look(when: string): void {
    const counting = [...this.#there].flatMap((key) => this.#byKey.get(key) ?? []);
    for (const { objects, artifact, parent, database, chain } of counting) {
      for (const { key } of objects)
        if (!this.#there.has(key)) this.troubles.add(`${artifact} counted without ${key}, ${when}`);
      if (parent !== undefined && !counting.some((one) => one.artifact === parent && one.database === database))
        this.troubles.add(`${artifact} counted without its parent ${parent} in chain ${chain}, ${when}`);
    }
    for (const key of this.#there) {
      const parsed = parseKey(key);
      if (parsed?.kind !== 'archived' || parsed.of.kind !== 'manifest') continue;
      const manifest = this.#byKey.get(key.slice(archivedKey(parsed.chain, '').length));
      for (const object of manifest?.objects ?? [])
        if (!this.#there.has(archivedKey(parsed.chain, object.key)))
          this.troubles.add(`the archive spoke of ${object.key} without it, ${when}`);
    }
  }
}

function keyOf({ run, database }: Manifest): string {
  return `manifests/${run}/${database}.json`;
}
