import { isEmptyDiff, type CatalogueEntry } from './catalogue-entry.ts';
import { eachOfMany, sortedInSteps, whole, type Steps } from '../steps.ts';
import { WideMap } from '../wide-map.ts';
import { compareTimes, inOrder, type Linked } from './links.ts';

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
  return whole(chainsInSteps(entries));
}

/** The same of a folder with very many of them. */
export function* chainsInSteps(entries: readonly CatalogueEntry[]): Steps<Chain[]> {
  const found: Chain[] = [];
  const databases = new Map<string, CatalogueEntry[]>();
  yield* eachOfMany(entries, (entry) => addTo(databases, entry.manifest.databaseId, entry));
  for (const ofDatabase of databases.values()) {
    const chainsOf = yield* chainsOfDatabase(ofDatabase);
    yield* eachOfMany(chainsOf, (chain) => found.push(chain));
  }
  return yield* sortedInSteps(found, newestFirst);
}

/** Newest first; chains of the same moment stand in the order of their names, so that a listing's order never shows. */
export function newestFirst(a: Chain, b: Chain): number {
  return b.newestAt.getTime() - a.newestAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function* chainsOfDatabase(entries: readonly CatalogueEntry[]): Steps<Chain[]> {
  const groups = new WideMap<CatalogueEntry[]>();
  const ids: string[] = [];
  yield* eachOfMany(entries, (entry) => {
    if (addTo(groups, entry.manifest.chain, entry)) ids.push(entry.manifest.chain);
  });
  const found = new WideMap<Chain>();
  const strays = new Map<string, string[]>();
  const chainsAtOnce = 16; // each of them may have many links
  yield* eachOfMany(
    ids,
    (id) => {
      const linked = inOrder(groups.get(id) ?? []);
      found.set(id, chainOf(id, linked));
      for (const parent of linked.missingParents) addTo(strays, parent, id);
    },
    chainsAtOnce,
  );
  if (strays.size > 0) yield* joinStrays({ groups, ids }, strays, found);
  return ids.flatMap((id) => found.get(id) ?? []);
}

interface Groups<V> {
  get(key: string): V[] | undefined;
  set(key: string, value: V[]): unknown;
}

/** @returns whether it is the first of its group */
function addTo<V>(groups: Groups<V>, key: string, value: V): boolean {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
  return group === undefined;
}

/**
 * A parent that stands under another chain's name makes the two one chain: whoever removed one would break the other.
 * Only contradicting manifests get here, hence the second pass over the database.
 */
function* joinStrays(
  { groups, ids }: { readonly groups: WideMap<CatalogueEntry[]>; readonly ids: readonly string[] },
  strays: ReadonlyMap<string, readonly string[]>,
  found: WideMap<Chain>,
): Steps<void> {
  const leaders = new Map<string, string>();
  const leaderOf = (id: string): string => {
    let leader = id;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    return leader;
  };
  yield* eachOfMany(ids, (home) => {
    for (const { manifest } of groups.get(home) ?? []) {
      for (const stray of strays.get(manifest.artifact) ?? []) {
        const [from, to] = [leaderOf(stray), leaderOf(home)];
        if (from !== to) leaders.set(from, to);
      }
    }
  });
  const joined = Map.groupBy(leaders.keys(), leaderOf);
  for (const [id, others] of joined) {
    const members = [id, ...others].flatMap((each) => groups.get(each) ?? []);
    for (const other of others) found.delete(other);
    found.set(id, chainOf(id, inOrder(members), [`the manifests of ${[id, ...others].sort().join(', ')} contradict`]));
    yield;
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
    newestAt: new Date(latestStart(entries)),
    verified: state === 'Whole',
  };
}

function latestStart(entries: readonly CatalogueEntry[]): number {
  let latest = Number.NEGATIVE_INFINITY;
  let latestTime = '';
  for (const { manifest } of entries) {
    // Most come one after the other, and reading a time costs more than comparing two.
    if (latestTime !== '' && compareTimes(manifest.startTime, latestTime) <= 0) continue;
    latestTime = manifest.startTime;
    latest = Math.max(latest, Date.parse(latestTime));
  }
  return latest;
}

function sum(entries: readonly CatalogueEntry[], doubles: ReadonlySet<CatalogueEntry>): number {
  let bytes = 0;
  for (const entry of entries) if (!doubles.has(entry)) bytes += entry.manifest.bytes;
  return bytes;
}
