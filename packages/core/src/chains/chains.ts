import { isEmptyDiff, type CatalogueEntry } from './catalogue-entry.ts';
import { inOrder, type Linked } from './links.ts';

/**
 * A FULL and all DIFFs that hang on it, of one database identity. It is removed as a whole or not at all, so it is also the
 * unit in which retention thinks.
 */
export interface Chain {
  /** Name that its manifests carry: the artifact name of its FULL without `.backup`. */
  readonly id: string;
  readonly database: string;
  readonly databaseId: string;
  /** Absent when its FULL is gone. */
  readonly full?: CatalogueEntry;
  /** Oldest first, each parent before its children, empty DIFFs included. Removing from the end never breaks what is left. */
  readonly entries: readonly CatalogueEntry[];
  /** Ids of the runs that made it, oldest first. */
  readonly runs: readonly string[];
  readonly bytes: number;
  /** Of the artifacts that carry something; 0 when there is none. */
  readonly lowestTx: number;
  readonly highestTx: number;
  /** Length as its limit counts it: runs, that of the FULL included. */
  readonly length: number;
  readonly state: 'Whole' | 'Broken';
  /** What is wrong, a sentence each; empty exactly when the chain is whole. */
  readonly findings: readonly string[];
  /** Entries that no restore can reach because a link before them is missing or does not fit. */
  readonly lost: ReadonlySet<CatalogueEntry>;
  /** Start of its newest run. */
  readonly newestAt: Date;
  /** Each link was proven when it was written, and all of them are here. */
  readonly verified: boolean;
}

/** Sorts manifests into chains, newest chain first. Reads nothing but the manifests; any part of a listing is welcome. */
export function chains(entries: readonly CatalogueEntry[]): Chain[] {
  const found: Chain[] = [];
  for (const ofDatabase of Map.groupBy(entries, ({ manifest }) => manifest.databaseId).values()) {
    for (const chain of chainsOfDatabase(ofDatabase)) found.push(chain);
  }
  return found.sort(newestFirst);
}

/** Newest first; chains of the same moment stand in the order of their names, so that a listing's order never shows. */
export function newestFirst(a: Chain, b: Chain): number {
  return b.newestAt.getTime() - a.newestAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function chainsOfDatabase(entries: readonly CatalogueEntry[]): Chain[] {
  const groups = Map.groupBy(entries, ({ manifest }) => manifest.chain);
  const found = new Map<string, Chain>();
  const strays = new Map<string, string[]>();
  for (const [id, members] of groups) {
    const linked = inOrder(members);
    found.set(id, chainOf(id, linked));
    for (const parent of linked.missingParents) strays.set(parent, [...(strays.get(parent) ?? []), id]);
  }
  if (strays.size > 0) joinStrays(groups, strays, found);
  return [...found.values()];
}

/**
 * A parent that stands under another chain's name makes the two one chain: whoever removed one would break the other.
 * Only contradicting manifests get here, hence the second pass over the database.
 */
function joinStrays(
  groups: Map<string, CatalogueEntry[]>,
  strays: ReadonlyMap<string, readonly string[]>,
  found: Map<string, Chain>,
): void {
  const leaders = new Map<string, string>();
  const leaderOf = (id: string): string => {
    let leader = id;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    return leader;
  };
  for (const [home, members] of groups) {
    for (const { manifest } of members) {
      for (const stray of strays.get(manifest.artifact) ?? []) {
        const [from, to] = [leaderOf(stray), leaderOf(home)];
        if (from !== to) leaders.set(from, to);
      }
    }
  }
  const joined = Map.groupBy(leaders.keys(), leaderOf);
  for (const [id, others] of joined) {
    const members = [id, ...others].flatMap((each) => groups.get(each) ?? []);
    for (const other of others) found.delete(other);
    found.set(id, chainOf(id, inOrder(members), [`the manifests of ${[id, ...others].sort().join(', ')} contradict`]));
  }
}

function chainOf(id: string, linked: Linked, more: readonly string[] = []): Chain {
  const { entries, lost } = linked;
  const findings = [...linked.findings, ...more];
  const full = entries.find(({ manifest }) => manifest.type === 'FULL');
  const carrying = entries.filter(({ manifest }) => !isEmptyDiff(manifest));
  const runs = [...new Set(entries.map(({ manifest }) => manifest.run))];
  const state = findings.length === 0 ? 'Whole' : 'Broken';
  return {
    id,
    database: entries[0]?.manifest.database ?? '',
    databaseId: entries[0]?.manifest.databaseId ?? '',
    ...(full && { full }),
    entries,
    runs,
    bytes: sum(entries, linked.doubles),
    lowestTx: carrying.reduce(
      (lowest, { manifest }) => Math.min(lowest, manifest.lowestTx),
      carrying.length > 0 ? Infinity : 0,
    ),
    highestTx: carrying.reduce((highest, { manifest }) => Math.max(highest, manifest.highestTx), 0),
    length: runs.length,
    state,
    findings,
    lost,
    newestAt: new Date(
      entries.reduce((newest, { manifest }) => Math.max(newest, Date.parse(manifest.startTime)), -Infinity),
    ),
    verified: state === 'Whole',
  };
}

function sum(entries: readonly CatalogueEntry[], doubles: ReadonlySet<CatalogueEntry>): number {
  let bytes = 0;
  for (const entry of entries) if (!doubles.has(entry)) bytes += entry.manifest.bytes;
  return bytes;
}
