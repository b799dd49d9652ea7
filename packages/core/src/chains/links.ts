import type { Manifest } from '@holdfast/types';
import { parseVersion, supports } from '../engine/versions.ts';
import { isEmptyDiff, type CatalogueEntry } from './catalogue-entry.ts';

/** The members of one chain in order, with what does not fit. */
export interface Linked {
  /** The FULL first, each parent before its children, otherwise by time and transaction. */
  readonly entries: readonly CatalogueEntry[];
  readonly findings: readonly string[];
  readonly lost: ReadonlySet<CatalogueEntry>;
  /** Second manifests of one and the same object; their bytes exist once. */
  readonly doubles: ReadonlySet<CatalogueEntry>;
  /** File names of parents that are not among the members. */
  readonly missingParents: readonly string[];
}

/** Puts the members of one chain in order and follows their links; every rule of the transaction arithmetic is checked here. */
export function inOrder(members: readonly CatalogueEntry[]): Linked {
  const [first] = members;
  if (members.length === 1 && first?.manifest.type === 'FULL' && !first.suspect) return { ...alone, entries: members };
  const sorted = inTimeOrder(members);
  const byName = new Map<string, CatalogueEntry>();
  for (const entry of sorted) if (!byName.has(entry.manifest.artifact)) byName.set(entry.manifest.artifact, entry);
  const entries = parentsFirst(sorted, byName);
  const findings: string[] = [];
  const lost = new Set<CatalogueEntry>();
  const doubles = new Set<CatalogueEntry>();
  const missingParents: string[] = [];
  const reachable = new Set<CatalogueEntry>();
  for (const entry of entries) {
    const original = byName.get(entry.manifest.artifact);
    if (original && original !== entry && isDouble(original, entry)) {
      doubles.add(entry);
      if (lost.has(original)) lost.add(entry);
      continue;
    }
    if (original && original !== entry) findings.push(`two manifests claim the name ${entry.manifest.artifact}`);
    const parent = entry.manifest.parent === undefined ? undefined : byName.get(entry.manifest.parent);
    const trouble = entry.suspect?.message ?? troubleOf(entry.manifest, parent?.manifest);
    if (trouble !== undefined) findings.push(trouble);
    if (trouble === undefined && (entry.manifest.type === 'FULL' || (parent && reachable.has(parent))))
      reachable.add(entry);
    else lost.add(entry);
    if (!parent && entry.manifest.type === 'DIFF' && entry.manifest.parent !== undefined)
      missingParents.push(entry.manifest.parent);
  }
  findings.push(...wholeChainTrouble(entries, doubles, lost, findings));
  return { entries, findings, lost, doubles, missingParents };
}

/** A FULL without DIFFs, of which a folder may hold very many, has nothing that could not fit. */
const alone: Omit<Linked, 'entries'> = { findings: [], lost: new Set(), doubles: new Set(), missingParents: [] };

/** Every time is read once: reading one costs as much as a dozen comparisons. */
function inTimeOrder(members: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  if (members.length === 1) return members;
  const timed = members.map((entry) => ({ entry, atMs: Date.parse(entry.manifest.artifactTime) }));
  return timed.sort(byTime).map(({ entry }) => entry);
}

interface Timed {
  readonly entry: CatalogueEntry;
  readonly atMs: number;
}

function byTime(a: Timed, b: Timed): number {
  const [x, y] = [a.entry.manifest, b.entry.manifest];
  if (x.type !== y.type) return x.type === 'FULL' ? -1 : 1;
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  return x.highestTx - y.highestTx || (a.entry.key < b.entry.key ? -1 : a.entry.key > b.entry.key ? 1 : 0);
}

/** Times of one and the same shape are in the order of their letters, which is many times cheaper to see. */
export function compareTimes(a: string, b: string): number {
  if (a.length === b.length && a.endsWith('Z') && b.endsWith('Z')) return a < b ? -1 : a > b ? 1 : 0;
  return Date.parse(a) - Date.parse(b);
}

/** A clock that jumped back must not put a child before its parent. Walks instead of recursing: a chain may be very long. */
function parentsFirst(
  sorted: readonly CatalogueEntry[],
  byName: ReadonlyMap<string, CatalogueEntry>,
): readonly CatalogueEntry[] {
  const placed = new Set<CatalogueEntry>();
  const parentOf = ({ manifest }: CatalogueEntry) =>
    manifest.type === 'DIFF' && manifest.parent !== undefined ? byName.get(manifest.parent) : undefined;
  for (const entry of sorted) {
    const parent = parentOf(entry);
    if (!parent || placed.has(parent)) {
      placed.add(entry); // nearly always, because parents are older
      continue;
    }
    const path = new Set<CatalogueEntry>();
    for (
      let next: CatalogueEntry | undefined = entry;
      next && !placed.has(next) && !path.has(next);
      next = parentOf(next)
    ) {
      path.add(next);
    }
    for (const each of [...path].toReversed()) placed.add(each);
  }
  return [...placed];
}

/** Two attempts, or an adoption, may name one and the same object twice; that harms nobody. */
function isDouble(a: CatalogueEntry, b: CatalogueEntry): boolean {
  return a.manifest.objects[0]?.key === b.manifest.objects[0]?.key && a.manifest.type === b.manifest.type;
}

function troubleOf(manifest: Manifest, parent: Manifest | undefined): string | undefined {
  if (manifest.type === 'FULL') return undefined;
  const name = manifest.artifact;
  if (manifest.parent === undefined) return `${name} is a DIFF and names no parent`;
  if (!parent) return `${name} hangs on ${manifest.parent}, which is not there`;
  if (isEmptyDiff(parent)) return `${name} hangs on ${parent.artifact}, which is empty and cannot be a parent`;
  if (isEmptyDiff(manifest) || joins(manifest, parent)) return undefined;
  return `${name} starts at transaction ${manifest.lowestTx}, and its parent ${parent.artifact} ends at ${parent.highestTx}`;
}

/** What the arithmetic needs to know of an artifact. */
export interface Range {
  readonly type: 'FULL' | 'DIFF';
  readonly lowestTx: number;
  readonly highestTx: number;
}

/** Whether a DIFF continues its parent: right after it, or, from 2026.02 and for the first DIFF only, overlapping its FULL. */
export function joins(diff: Range & { readonly engineVersion: string }, parent: Range): boolean {
  if (diff.highestTx < diff.lowestTx) return false;
  if (diff.lowestTx === parent.highestTx + 1) return true;
  return parent.type === 'FULL' && diff.lowestTx <= parent.highestTx && mayOverlap(diff.engineVersion);
}

/** An unreadable version gets the benefit of the doubt: the engine itself chose this parent. */
function mayOverlap(engineVersion: string): boolean {
  const version = parseVersion(engineVersion);
  return version === undefined || supports(version, 'diffMayOverlapFull');
}

function wholeChainTrouble(
  entries: readonly CatalogueEntry[],
  doubles: ReadonlySet<CatalogueEntry>,
  lost: ReadonlySet<CatalogueEntry>,
  already: readonly string[],
): string[] {
  const fulls = entries.filter((entry) => entry.manifest.type === 'FULL' && !doubles.has(entry)).length;
  if (fulls > 1) return [`${fulls} FULLs claim the same chain`];
  if (fulls === 0 && already.length === 0) return ['its FULL is not there'];
  // Parents in a circle fit each other and still lead nowhere.
  return lost.size > 0 && already.length === 0 ? ['some of its links never lead to a FULL'] : [];
}
