import { chainOfFull } from '../engine/artifact-name.ts';
import { isEmptyRow, type InspectRow } from '../engine/inspect-table.ts';
import { isEmptyDiff } from './catalogue-entry.ts';
import type { Chain } from './chains.ts';
import { joins } from './links.ts';

/** What a manifest says of an artifact's place. An orphan's chain is broken from the start, so the next run takes a FULL. */
export type Placement =
  | { readonly kind: 'first'; readonly chain: string }
  | { readonly kind: 'link'; readonly chain: string; readonly parent: string }
  | { readonly kind: 'orphan'; readonly chain: string };

/** How the engine that made the artifacts chose their parents. */
export interface ParentRule {
  readonly engineVersion: string;
  readonly preferDiffAsParent: boolean;
}

/**
 * Finds the place of new artifacts among the chains that are known, by file name. Each may be the parent of a later one. The engine's
 * own rule is tried first: the latest artifact that carries something, or the latest such DIFF. Where the transactions contradict it,
 * they decide.
 */
export function placeArtifacts(
  rows: readonly InspectRow[],
  chains: readonly Chain[],
  rule: ParentRule,
): ReadonlyMap<string, Placement> {
  const wanted = new Set(rows.map(({ databaseId }) => databaseId));
  const candidates = Map.groupBy(candidatesOf(chains, wanted), ({ databaseId }) => databaseId);
  const placements = new Map<string, Placement>();
  for (const row of rows.toSorted(byTimeThenTx)) {
    const known = candidates.get(row.databaseId) ?? [];
    candidates.set(row.databaseId, known);
    const placement = placeOne(row, known, rule);
    placements.set(row.file, placement);
    if (isEmptyRow(row)) continue;
    const { file: artifact, databaseId, full, lowestTx, highestTx } = row;
    const type = full ? 'FULL' : 'DIFF';
    known.push({ artifact, databaseId, chain: placement.chain, type, lowestTx, highestTx, timeMs: row.time.getTime() });
  }
  return placements;
}

interface Candidate {
  readonly artifact: string;
  readonly databaseId: string;
  readonly chain: string;
  readonly type: 'FULL' | 'DIFF';
  readonly lowestTx: number;
  readonly highestTx: number;
  readonly timeMs: number;
}

function* candidatesOf(chains: readonly Chain[], databaseIds: ReadonlySet<string>): Generator<Candidate> {
  for (const { id: chain, databaseId, entries } of chains) {
    if (!databaseIds.has(databaseId)) continue;
    for (const { manifest } of entries) {
      if (isEmptyDiff(manifest)) continue;
      const { artifact, type, lowestTx, highestTx } = manifest;
      yield { artifact, databaseId, chain, type, lowestTx, highestTx, timeMs: Date.parse(manifest.artifactTime) };
    }
  }
}

function byTimeThenTx(a: InspectRow, b: InspectRow): number {
  return a.time.getTime() - b.time.getTime() || a.highestTx - b.highestTx;
}

function placeOne(row: InspectRow, known: readonly Candidate[], rule: ParentRule): Placement {
  const own = chainOfFull(row.file);
  if (row.full) return { kind: 'first', chain: own };
  const others = known.filter(({ artifact }) => artifact !== row.file);
  const earlier = others.filter(({ timeMs }) => timeMs <= row.time.getTime());
  const parent = isEmptyRow(row)
    ? byRule(earlier, rule)
    : (parentAmong(row, earlier, rule) ?? parentAmong(row, others, rule));
  return parent ? { kind: 'link', chain: parent.chain, parent: parent.artifact } : { kind: 'orphan', chain: own };
}

function parentAmong(row: InspectRow, known: readonly Candidate[], rule: ParentRule): Candidate | undefined {
  const diff = {
    type: 'DIFF',
    lowestTx: row.lowestTx,
    highestTx: row.highestTx,
    engineVersion: rule.engineVersion,
  } as const;
  const expected = byRule(known, rule);
  if (expected && joins(diff, expected)) return expected;
  const fitting = known.filter((candidate) => joins(diff, candidate));
  return latest(fitting.filter(({ highestTx }) => highestTx + 1 === row.lowestTx)) ?? latest(fitting);
}

function byRule(known: readonly Candidate[], { preferDiffAsParent }: ParentRule): Candidate | undefined {
  const diff = preferDiffAsParent ? latest(known.filter(({ type }) => type === 'DIFF')) : undefined;
  return diff ?? latest(known);
}

function latest(candidates: readonly Candidate[]): Candidate | undefined {
  let found: Candidate | undefined;
  for (const each of candidates) if (!found || isLater(each, found)) found = each;
  return found;
}

function isLater(a: Candidate, b: Candidate): boolean {
  return a.timeMs > b.timeMs || (a.timeMs === b.timeMs && a.highestTx > b.highestTx);
}
