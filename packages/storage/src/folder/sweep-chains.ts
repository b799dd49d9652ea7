import { type CatalogueEntry, eachOfMany, removingKey, type Steps, WideMap } from '@holdfast/core';
import { inSlices } from '../in-slices.ts';
import type { ObjectStore } from '../object-store.ts';
import type { BackupError } from '@holdfast/types';
import { isLocked } from './is-locked.ts';
import { finishRemovals } from './finish-removals.ts';
import { type RemovedArtifact, removeArtifact, type RemoveOptions, requireRemovable } from './remove-artifact.ts';
import { writeDocument } from './documents.ts';
import { markKeys } from './suspect-marks.ts';

export interface SweepPlan {
  /** Whole chains; entries newest first, the FULL last. */
  readonly chains: readonly SweptChain[];
  /** Keys of objects that manifests name which stay; they are left alone whatever else names them. */
  readonly inUse?: { has(key: string): boolean };
  /** Runs whose documents stay behind their last manifest. */
  readonly explaining?: ReadonlySet<string>;
}

export interface SweptChain {
  readonly chain: string;
  readonly entries: readonly CatalogueEntry[];
}

export interface SweepOptions {
  /** Asked before every batch; false ends the sweep there, because the folder is not ours any more. */
  readonly guard: () => Promise<boolean>;
  /** Comes before the removal of each chain: `skip` leaves it as it is, `stop` ends the sweep there. */
  readonly before?: (chain: SweptChain) => Promise<'go' | 'skip' | 'stop'>;
  /** Told of a chain of which the store refused an object because of a lock: what is left of it stays, and the sweep goes on with the next. */
  readonly onLocked?: (chain: SweptChain, error: BackupError) => Promise<void>;
  readonly onRemoved?: (removed: RemovedArtifact) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface SweepCounts {
  /** False when the guard ended the sweep. */
  readonly finished: boolean;
  readonly chains: number;
  readonly artifacts: number;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Carries out a removal plan: chain by chain, newest artifact first, each its manifest and then its objects, the FULL last. So at
 * any instant what is left of a chain is whole and shorter, and at most one artifact is without manifest.
 *
 * A crash can come after every single step. Before an artifact's manifest goes, a copy of it is written to
 * `removing/<run>/<database key>.json`, and it goes last of all. The next sweep finds the note: with the manifest still there
 * nothing has happened yet and the new plan decides afresh; without it the note says which objects are still to go. The note is
 * a document of its own rather than a list of everything planned, because documents are written once, and because its key
 * follows from the manifest's, so that repeating a step comes to the same end.
 *
 *   write note → remove manifest → remove objects and marks → remove the run's documents after its last manifest → remove note
 */
export async function sweepChains(store: ObjectStore, plan: SweepPlan, options: SweepOptions): Promise<SweepCounts> {
  const naming = await inSlices(checkAndCount(store, plan), { signal: options.signal });
  const counts = { chains: 0, artifacts: 0, objects: 0, bytes: 0 };
  const count = (removed: RemovedArtifact): void => {
    counts.artifacts += 1;
    counts.objects += removed.objects;
    counts.bytes += removed.bytes;
    options.onRemoved?.(removed);
  };
  const { explaining = new Set<string>() } = plan;
  const earlier = await finishRemovals(store, { ...options, explaining, onRemoved: count });
  for (const { entry, error } of earlier.locked)
    await options.onLocked?.({ chain: entry.manifest.chain, entries: [entry] }, error);
  if (!earlier.finished) return { finished: false, ...counts };
  const marksOf = await markKeys(store, options.signal);
  for (const chain of plan.chains) {
    const fate = (await options.before?.(chain)) ?? 'go';
    if (fate === 'stop') return { finished: false, ...counts };
    if (fate === 'skip') continue;
    const ended = await removeChain(chain);
    if (ended === 'stopped') return { finished: false, ...counts };
    if (ended === 'gone') counts.chains += 1;
  }
  return { finished: true, ...counts };

  async function removeChain(chain: SweptChain): Promise<'gone' | 'locked' | 'stopped'> {
    try {
      for (const entry of chain.entries) {
        for (const { key } of entry.manifest.objects) naming.set(key, (naming.get(key) ?? 1) - 1);
        const spare = (key: string): boolean => (naming.get(key) ?? 0) > 0 || plan.inUse?.has(key) === true;
        if (!(await removeNoted(store, entry, { ...options, marksOf, spare, explaining, onRemoved: count })))
          return 'stopped';
      }
      return 'gone';
    } catch (error) {
      if (!isLocked(error) || !options.onLocked) throw error;
      await options.onLocked(chain, error);
      return 'locked';
    }
  }
}

/** Makes sure of every manifest, and counts how many of the plan still name an object: it may only go with the last of them. */
function* checkAndCount(store: ObjectStore, { chains }: SweepPlan): Steps<WideMap<number>> {
  const naming = new WideMap<number>();
  const look = (entry: CatalogueEntry): void => {
    requireRemovable(store, entry);
    for (const { key } of entry.manifest.objects) naming.set(key, (naming.get(key) ?? 0) + 1);
  };
  for (const { entries } of chains) yield* eachOfMany(entries, look);
  return naming;
}

async function removeNoted(
  store: ObjectStore,
  { manifest, key }: CatalogueEntry,
  options: SweepOptions & Pick<RemoveOptions, 'spare' | 'marksOf' | 'explaining'>,
): Promise<boolean> {
  if (!(await options.guard())) return false;
  await writeDocument(store, removingKey(manifest.run, manifest.database), manifest, options.signal);
  await store.remove(key, options.signal);
  return removeArtifact(store, manifest, options);
}
