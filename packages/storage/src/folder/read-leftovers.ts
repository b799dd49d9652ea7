import {
  artifactsFolder,
  type CatalogueEntry,
  eachOfMany,
  type LeftoverFacts,
  parseKey,
  removingFolder,
  runsFolder,
  type Steps,
  type UnnamedObject,
  WideMap,
  type WritingTime,
} from '@holdfast/core';
import { begunSchema } from '@holdfast/types';
import { eachOf } from '../each-of.ts';
import { inSlices } from '../in-slices.ts';
import type { ObjectStore } from '../object-store.ts';
import { readDocument } from './documents.ts';
import { readManifestsBelow } from './read-catalogue.ts';

/**
 * What lies in a folder beside what counts. What an unfinished removal names counts as named: its objects have no manifest either. While a note
 * of one cannot be read nothing is wondered about.
 */
export async function readLeftovers(
  store: ObjectStore,
  entries: readonly CatalogueEntry[],
  signal?: AbortSignal,
): Promise<Pick<LeftoverFacts, 'unnamed' | 'writing' | 'runs'>> {
  const going = await readManifestsBelow(store, removingFolder, { signal });
  if (going.unreadable.length > 0) return { unnamed: [], writing: [], runs: new Map() };
  const named = [...entries, ...going.entries];
  const unnamed = await unnamedObjects(store, named, signal);
  const { documents, runs } = await runDocuments(store, named, signal);
  const writing = unnamed.length === 0 ? [] : await writingTimes(store, documents, signal);
  return { unnamed, writing, runs };
}

async function unnamedObjects(
  store: ObjectStore,
  entries: readonly CatalogueEntry[],
  signal: AbortSignal | undefined,
): Promise<UnnamedObject[]> {
  const named = await inSlices(namedKeys(entries), { signal });
  const unnamed: UnnamedObject[] = [];
  for await (const { key, bytes, modifiedAt } of store.list(artifactsFolder, signal))
    if (!named.has(key)) unnamed.push({ key, bytes, modifiedAt });
  return unnamed;
}

function* namedKeys(entries: readonly CatalogueEntry[]): Steps<WideMap<true>> {
  const named = new WideMap<true>();
  yield* eachOfMany(entries, ({ manifest }) => {
    for (const { key } of manifest.objects) named.set(key, true);
  });
  return named;
}

function* runsOf(entries: readonly CatalogueEntry[]): Steps<WideMap<true>> {
  const runs = new WideMap<true>();
  yield* eachOfMany(entries, ({ manifest }) => runs.set(manifest.run, true));
  return runs;
}

interface Documents {
  readonly begun: string[];
  /** When the result of an attempt was written, by what its key shares with the note of its beginning. */
  readonly ended: Map<string, Date>;
}

async function runDocuments(
  store: ObjectStore,
  entries: readonly CatalogueEntry[],
  signal: AbortSignal | undefined,
): Promise<{ documents: Documents; runs: Map<string, Date> }> {
  const counting = await inSlices(runsOf(entries), { signal });
  const documents: Documents = { begun: [], ended: new Map() };
  const runs = new Map<string, Date>();
  for await (const { key, modifiedAt } of store.list(runsFolder, signal)) {
    const [, run = ''] = key.split('/');
    const known = runs.get(run);
    if (!counting.has(run)) runs.set(run, known && known > modifiedAt ? known : modifiedAt);
    if (isBegun(key)) documents.begun.push(key);
    else if (parseKey(key)?.kind === 'attempt') documents.ended.set(attemptOf(key), modifiedAt);
  }
  return { documents, runs };
}

async function writingTimes(
  store: ObjectStore,
  { begun, ended }: Documents,
  signal: AbortSignal | undefined,
): Promise<WritingTime[]> {
  const times: WritingTime[] = [];
  await eachOf(begun, { limit: readsAtOnce, signal }, async (key) => {
    const { data } = begunSchema.safeParse(await readDocument(store, key, signal));
    if (!data || data.run !== key.split('/')[1]) return; // it explains nothing, so what it should explain stays
    const [startedAt, deadline] = [new Date(data.startTime), new Date(data.deadline)];
    const end = ended.get(attemptOf(key));
    const endedAt = end && end < deadline ? end : deadline;
    times.push({ run: data.run, startedAt, endedAt, deadlineMs: deadline.getTime() - startedAt.getTime() });
  });
  return times;
}

const readsAtOnce = 16;

function isBegun(key: string): boolean {
  return /^runs\/[^/]+\/begun-\d+-[^/]+\.json$/.test(key);
}

/** `runs/<run>/<attempt>-<pod>.json`: the same for the note of an attempt's beginning and for its result. */
function attemptOf(key: string): string {
  return key.replace(/\/(begun|attempt)-/, '/');
}
