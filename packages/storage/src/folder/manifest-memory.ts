import type { Manifest } from '@holdfast/types';
import { LRUCache } from 'lru-cache';
import type { ObjectStore, StoredEntry } from '../object-store.ts';

/** What is already known of one folder's manifests. */
export interface KnownManifests {
  /** The manifest that a listing shows, if it was read before and the object has not become another since. */
  recall(entry: StoredEntry): Manifest | undefined;
  remember(entry: StoredEntry, manifest: Manifest): void;
}

interface Known {
  readonly stamp: string;
  readonly manifest: Manifest;
}

/** As JSON; as objects they take about twice as much. */
const mostBytes = 48 * 1024 * 1024;

/**
 * Manifests are written once, so that a service which looks at a folder again has to read only those that are new. What exists is asked of the
 * store each time: only what it says is remembered. The least recently seen are forgotten first.
 */
export class ManifestMemory {
  readonly #known: LRUCache<string, Known>;

  constructor(most: { bytes: number } = { bytes: mostBytes }) {
    this.#known = new LRUCache({ maxSize: most.bytes });
  }

  /** Each owner, such as a backup's uid, has read with its own credentials and learns nothing from what others were shown. */
  of(owner: string, store: ObjectStore): KnownManifests {
    const nameOf = ({ key }: StoredEntry): string => `${owner}\n${store.place}\n${key}`;
    return {
      recall: (entry) => {
        const known = this.#known.get(nameOf(entry));
        return known?.stamp === stampOf(entry) ? known.manifest : undefined;
      },
      remember: (entry, manifest) => {
        this.#known.set(nameOf(entry), { stamp: stampOf(entry), manifest }, { size: Math.max(entry.bytes, 1) });
      },
    };
  }
}

function stampOf({ bytes, modifiedAt, etag = '', versionId = '' }: StoredEntry): string {
  return `${bytes} ${modifiedAt.getTime()} ${etag} ${versionId}`;
}
