import { isEmptyRow, type InspectRow } from '../engine/inspect-table.ts';
import { artifactKey } from '../layout.ts';
import { isEmptyDiff, type CatalogueEntry } from './catalogue-entry.ts';

/** A run of this backup, however it ended: what was made between its start and its end is its own. */
export interface KnownRun {
  readonly id: string;
  readonly startedAt: Date;
  /** Its end, or its deadline; absent while it runs. */
  readonly endedAt?: Date | undefined;
}

export interface ExplainedFolder {
  readonly explained: readonly { readonly row: InspectRow; readonly entry: CatalogueEntry }[];
  /** Artifacts without a manifest that a known run must have made; at most one for each run and database. */
  readonly adopt: readonly { readonly row: InspectRow; readonly run: string }[];
  /** What nothing accounts for: it is left alone, reported, and forces a FULL, because the engine could build on it. */
  readonly unexplained: readonly InspectRow[];
  /** Manifests whose artifact is gone, or is no longer what they say. */
  readonly missing: readonly CatalogueEntry[];
  /** Ids of the chains those belong to. */
  readonly suspect: ReadonlySet<string>;
}

/**
 * Compares what inspect finds in the folder that direct runs share with the manifests. Manifests of staged runs are left out: their
 * artifacts stand elsewhere.
 * @param rejected names of artifacts that were found spoiled before they counted: they are accounted for, and never adopted
 */
export function explainFolder(
  rows: readonly InspectRow[],
  entries: readonly CatalogueEntry[],
  knownRuns: readonly KnownRun[],
  rejected: ReadonlySet<string> = new Set(),
): ExplainedFolder {
  const direct = entries.filter(isDirect);
  const byFile = new Map(rows.map((row) => [row.file, row]));
  const explained: { row: InspectRow; entry: CatalogueEntry }[] = [];
  const missing: CatalogueEntry[] = [];
  const accounted = new Set<InspectRow>();
  for (const entry of direct) {
    const row = byFile.get(entry.manifest.artifact);
    if (!row || !isWhatItSays(row, entry)) {
      missing.push(entry);
      continue;
    }
    accounted.add(row);
    explained.push({ row, entry });
  }
  const rest = rows
    .filter((row) => !accounted.has(row) && !rejected.has(row.file))
    .toSorted((a, b) => a.time.getTime() - b.time.getTime());
  const { adopt, unexplained } = adoptable(rest, entries, knownRuns);
  return { explained, adopt, unexplained, missing, suspect: new Set(missing.map(({ manifest }) => manifest.chain)) };
}

/** Whether an artifact stands in the folder that direct runs share, as the engine wrote it. */
export function isDirect({ manifest }: CatalogueEntry): boolean {
  return manifest.objects[0]?.key === artifactKey(manifest.artifact);
}

/** Whether what inspect found is the artifact of a manifest. */
export function isWhatItSays(row: InspectRow, { manifest }: CatalogueEntry): boolean {
  return (
    row.databaseId === manifest.databaseId &&
    row.full === (manifest.type === 'FULL') &&
    isEmptyRow(row) === isEmptyDiff(manifest) &&
    row.lowestTx === manifest.lowestTx &&
    row.highestTx === manifest.highestTx
  );
}

/** A run has one manifest for each database, so a second artifact of the same two has no place and stays unexplained. */
function adoptable(
  rows: readonly InspectRow[],
  entries: readonly CatalogueEntry[],
  knownRuns: readonly KnownRun[],
): Pick<ExplainedFolder, 'adopt' | 'unexplained'> {
  const adopt: { row: InspectRow; run: string }[] = [];
  const unexplained: InspectRow[] = [];
  const taken = new Set(
    rows.length === 0 ? [] : entries.map(({ manifest }) => placeOf(manifest.run, manifest.database)),
  );
  const files = new Set(entries.map(({ manifest }) => manifest.artifact));
  for (const row of rows) {
    const run = files.has(row.file) ? undefined : runOf(row, knownRuns);
    if (run === undefined || taken.has(placeOf(run, row.database))) {
      unexplained.push(row);
      continue;
    }
    taken.add(placeOf(run, row.database));
    adopt.push({ row, run });
  }
  return { adopt, unexplained };
}

function placeOf(run: string, database: string): string {
  return `${run}/${database}`;
}

/** Artifacts know their time to the second, so a run's start counts from the beginning of its second. */
function runOf({ time }: InspectRow, knownRuns: readonly KnownRun[]): string | undefined {
  let found: KnownRun | undefined;
  for (const run of knownRuns) {
    const begins = Math.floor(run.startedAt.getTime() / 1000) * 1000;
    if (time.getTime() < begins || (run.endedAt && time > run.endedAt)) continue;
    if (!found || run.startedAt > found.startedAt) found = run;
  }
  return found?.id;
}
