import type { FolderState } from '@holdfast/types';
import { toTime, wholeSeconds } from '../format/time.ts';
import { newestRestorePoint } from '../retention/newest-restore-point.ts';
import { runTable } from '../retention/run-table.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import type { Chain } from './chains.ts';

/** A mark as the store holds it: one that cannot be read says as much as its key does. */
export interface FoundMark {
  readonly key: string;
  /** Run that found it. */
  readonly foundBy: string;
  readonly artifactRun: string;
  readonly artifact: string;
  readonly keys: readonly string[];
  /** Absent where the mark cannot be read. */
  readonly database?: string;
  readonly artifactAt: Date;
  readonly reason: string;
  readonly message: string;
  readonly foundAt: Date;
}

/** Tells each entry what was found wrong with it last; a second manifest of the same object hears it, too. */
export function withMarks(entries: readonly CatalogueEntry[], found: readonly FoundMark[]): CatalogueEntry[] {
  if (found.length === 0) return [...entries];
  const marks = found.toSorted((a, b) => a.foundAt.getTime() - b.foundAt.getTime());
  const byArtifact = new Map(marks.map((mark) => [`${mark.artifactRun}~${mark.artifact}`, mark]));
  const byKey = new Map(marks.flatMap((mark) => mark.keys.map((key) => [key, mark] as const)));
  return entries.map((entry) => {
    const { run, artifact, objects } = entry.manifest;
    const mark = byArtifact.get(`${run}~${artifact}`) ?? objects.map(({ key }) => byKey.get(key)).find(Boolean);
    if (!mark) return entry;
    const { foundBy, reason, message, foundAt: time } = mark;
    return { ...entry, suspect: { foundBy, reason, message, time } };
  });
}

/** Marks of artifacts that never got a manifest: they were found spoiled before they counted. */
export function rejectedMarks(entries: readonly CatalogueEntry[], marks: readonly FoundMark[]): FoundMark[] {
  const counting = new Set(entries.map(({ manifest }) => `${manifest.run}~${manifest.artifact}`));
  return marks.filter(({ artifactRun, artifact }) => !counting.has(`${artifactRun}~${artifact}`));
}

/**
 * Chains that the next run must not extend: the engine takes the latest artifact of the folder for a parent, and that is a rejected one until
 * a newer FULL stands there.
 */
export function notToExtend(chains: readonly Chain[], rejected: readonly FoundMark[]): ReadonlySet<string> {
  const newestRejected = new Map<string | undefined, number>();
  for (const { database, artifactAt } of rejected)
    newestRejected.set(database, Math.max(newestRejected.get(database) ?? -Infinity, artifactAt.getTime()));
  const limitOf = (database: string) =>
    Math.max(newestRejected.get(database) ?? -Infinity, newestRejected.get(undefined) ?? -Infinity);
  const older = chains.filter(
    ({ database, full }) => Date.parse(full?.manifest.artifactTime ?? '') <= limitOf(database),
  );
  return new Set(older.map(({ id }) => id));
}

/** Damaged artifacts that are told one by one. */
const toldDamaged = 10;

/** What people should know of a folder's chains. */
export function folderState(chains: readonly Chain[]): FolderState {
  const damaged = chains
    .flatMap((chain) => chain.entries.flatMap((entry) => (entry.suspect ? [{ chain, entry, ...entry.suspect }] : [])))
    .toSorted((a, b) => b.time.getTime() - a.time.getTime());
  const restorePoint = restorePointOf(chains);
  const broken = chains.filter(({ state }) => state === 'Broken').length;
  return {
    whole: chains.length - broken,
    broken,
    damagedCount: damaged.length,
    damaged: damaged.slice(0, toldDamaged).map(({ chain, entry, foundBy, reason, message, time }) => ({
      chain: chain.id,
      database: chain.database,
      artifact: entry.manifest.artifact,
      foundBy,
      reason,
      message,
      time: toTime(time),
    })),
    ...(restorePoint && { restorePoint }),
  };
}

/** People ask for their data: `system` speaks only where nothing else is there. */
function restorePointOf(chains: readonly Chain[]): FolderState['restorePoint'] {
  const data = chains.filter(({ database }) => database !== 'system');
  return newestOf(data) ?? newestOf(chains);
}

function newestOf(chains: readonly Chain[]): FolderState['restorePoint'] {
  const keep = chains.map((chain) => ({ chain, because: { reason: 'Kept', sentence: '', words: [] } as const }));
  const newest = newestRestorePoint(keep, runTable(chains, new Set()));
  if (!newest) return undefined;
  const chain = chains.find(({ id }) => id === newest.chain);
  const proven = chain?.entries.findLast((entry) => !chain.lost.has(entry))?.manifest.verified.time;
  return {
    time: toTime(newest.startedAt),
    transaction: newest.highestTx,
    chain: newest.chain,
    ...(proven && { verifiedTime: wholeSeconds(proven) }),
  };
}
