import type { Manifest } from '@holdfast/types';

/** One manifest as the catalogue found it: where it stands and when the store last touched it. */
export interface CatalogueEntry {
  readonly manifest: Manifest;
  /** Key of the manifest below the backup's folder. */
  readonly key: string;
  readonly modifiedAt: Date;
  /** What was found wrong with the artifact since; nothing may be built on it or restored from it. */
  readonly suspect?: {
    /** Run that found it. */
    readonly foundBy: string;
    readonly reason: string;
    readonly message: string;
    readonly time: Date;
  };
}

/** Whether an artifact carries nothing. Such a DIFF is never a parent and takes no part in the arithmetic. */
export function isEmptyDiff(artifact: { readonly type: 'FULL' | 'DIFF'; readonly empty: boolean }): boolean {
  return artifact.type === 'DIFF' && artifact.empty;
}
