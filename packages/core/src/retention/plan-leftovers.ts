import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains, type Chain } from '../chains/chains.ts';
import { eachOfMany, whole, type Steps } from '../steps.ts';
import { WideMap } from '../wide-map.ts';
import { supersession, type Supersession } from './supersession.ts';
import { rejectedMarks, type FoundMark } from '../chains/suspect-marks.ts';
import { artifactOfFile, chainOfFull, parseArtifactName } from '../engine/artifact-name.ts';
import { manifestKey, parseKey } from '../layout.ts';

/** One stored object below `artifacts/` that no manifest names. */
export interface UnnamedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** When one attempt of a run of this backup may have written into the folder. */
export interface WritingTime {
  readonly run: string;
  readonly startedAt: Date;
  /** When its result was written, else its deadline. */
  readonly endedAt: Date;
  readonly deadlineMs: number;
}

export interface LeftoverFacts {
  readonly unnamed: readonly UnnamedObject[];
  readonly writing: readonly WritingTime[];
  readonly marks: readonly FoundMark[];
  /** Runs with documents and without a manifest, with the time of their newest document. */
  readonly runs: ReadonlyMap<string, Date>;
  /** Longest time that a run may take as the spec says it now. */
  readonly runDeadlineMs: number;
}

/** What failed runs left, and what of it may go. */
export interface Leftovers {
  /** Objects that will never count; the parts of an artifact before the artifact itself. */
  readonly remove: readonly Leftover[];
  /** Marks of artifacts among these. */
  readonly marks: readonly string[];
  /** Runs of which nothing else is left, so that their documents prove nothing. */
  readonly runs: readonly string[];
  /** Runs that may have made an object that never counted: nothing but their documents explains it, so these outlive their last manifest. */
  readonly explaining: ReadonlySet<string>;
  /** What nothing accounts for: it stays, and is told. */
  readonly unexplained: { readonly count: number; readonly samples: readonly string[] };
}

export interface Leftover extends UnnamedObject {
  /** Manifests that could name it and were not listed: should one be there, the listing was not whole. */
  readonly unlisted: readonly string[];
}

export const noLeftovers: Leftovers = {
  remove: [],
  marks: [],
  runs: [],
  explaining: new Set(),
  unexplained: { count: 0, samples: [] },
};

/** After the longest deadline, before anything without a manifest is removed or an unfinished upload is aborted. */
export const leftoverGraceMs = 3_600_000;
/** Documents of runs that left nothing else are kept at least this long. */
const failedRunMs = 30 * 86_400_000;
const mostSamples = 5;
/** Each of them is compared with every attempt that ever wrote. */
const objectsAtOnce = 4;

/**
 * Decides which objects without a manifest may go: they were made by a run of this backup or marked as spoilt by one, no run can still be
 * at work on them, no chain goes through them, and a newer FULL of their database is whole. Everything else stays.
 */
export function planLeftovers(
  entries: readonly CatalogueEntry[],
  facts: LeftoverFacts,
  times: { readonly at: Date; readonly maxAgeMs?: number | undefined },
): Leftovers {
  return whole(planLeftoversInSteps(entries, facts, { ...times, all: chains(entries) }));
}

/** The same of a folder with very many entries, whose chains are known. */
export function* planLeftoversInSteps(
  entries: readonly CatalogueEntry[],
  facts: LeftoverFacts,
  {
    at,
    maxAgeMs = 0,
    all,
  }: { readonly at: Date; readonly maxAgeMs?: number | undefined; readonly all: readonly Chain[] },
): Steps<Leftovers> {
  const oldMs = Math.max(facts.runDeadlineMs, ...facts.writing.map(({ deadlineMs }) => deadlineMs)) + leftoverGraceMs;
  // Nearly always there is nothing to explain, and then a million entries are not asked.
  const listed = new WideMap<true>();
  if (facts.unnamed.length > 0) yield* eachOfMany(entries, ({ key }) => listed.set(key, true));
  const supersededBy = yield* supersession(facts.unnamed.length > 0 ? all : []);
  const marked = new Map(rejectedMarks(entries, facts.marks).flatMap((mark) => mark.keys.map((key) => [key, mark])));
  const remove: Leftover[] = [];
  const unexplained: string[] = [];
  const stillNeeded = new Set<string>();
  const explaining = new Set<string>();
  const judge = (object: UnnamedObject): void => {
    const made = originOf(object, facts.writing, marked);
    for (const run of made?.madeBy ?? []) explaining.add(run);
    if (!made) unexplained.push(object.key);
    else if (at.getTime() - object.modifiedAt.getTime() > oldMs && isSuperseded(object, supersededBy(made.database)))
      remove.push({
        ...object,
        unlisted: made.madeBy.map((run) => manifestKey(run, made.database)).filter((key) => !listed.has(key)),
      });
    else for (const run of made.madeBy) stillNeeded.add(run);
  };
  yield* eachOfMany(facts.unnamed, judge, objectsAtOnce);
  const going = new Set(remove.map(({ key }) => key));
  const quietMs = Math.max(maxAgeMs, failedRunMs);
  return {
    remove: remove.toSorted((a, b) => b.key.length - a.key.length || (a.key < b.key ? -1 : 1)),
    marks: [...new Set([...marked].filter(([key]) => going.has(key)).map(([, mark]) => mark.key))],
    runs: [...facts.runs]
      .filter(([run, newestAt]) => !stillNeeded.has(run) && at.getTime() - newestAt.getTime() > quietMs)
      .map(([run]) => run),
    explaining,
    unexplained: { count: unexplained.length, samples: unexplained.toSorted().slice(0, mostSamples) },
  };
}

interface Origin {
  readonly database: string;
  /** Runs that may have made it. */
  readonly madeBy: readonly string[];
}

/** Who made an object; undefined when nothing of this backup says so. Its time is the store's, because the one in its name has no zone. */
function originOf(
  { key, modifiedAt }: UnnamedObject,
  writing: readonly WritingTime[],
  marked: ReadonlyMap<string, FoundMark>,
): Origin | undefined {
  const place = parseKey(key);
  const artifact = place?.kind === 'artifact' ? artifactOfFile(place.artifact.replace(/\.enc$/, '')) : undefined;
  const name = artifact === undefined ? undefined : parseArtifactName(artifact);
  if (place?.kind !== 'artifact' || !name) return undefined;
  const mark = marked.get(key);
  const runs = writing.filter((attempt) =>
    place.run === undefined ? wroteAt(attempt, modifiedAt) : attempt.run === place.run,
  );
  const madeBy = [...new Set([...(mark ? [mark.artifactRun] : []), ...runs.map(({ run }) => run)])];
  return madeBy.length === 0 ? undefined : { database: name.database, madeBy };
}

/** Stores keep whole seconds. */
function wroteAt({ startedAt, endedAt }: WritingTime, modifiedAt: Date): boolean {
  return modifiedAt.getTime() >= startedAt.getTime() - 1_000 && modifiedAt.getTime() <= endedAt.getTime() + 1_000;
}

/** A newer FULL of its database is whole, and no chain that began before it and was extended after it can have it as a link. */
function isSuperseded({ key, modifiedAt }: UnnamedObject, by: Supersession): boolean {
  const artifact = artifactOfFile((key.split('/').at(-1) ?? '').replace(/\.enc$/, '')) ?? '';
  const madeAt = modifiedAt.getTime();
  const isNamed = by.parents.has(artifact) || by.chains.has(chainOfFull(artifact));
  return by.newestWholeMs > madeAt && !isNamed && !by.mayReach(madeAt);
}
