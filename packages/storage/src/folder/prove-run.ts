import {
  type CatalogueEntry,
  chains,
  checkArtifact,
  databaseKey,
  type Finding,
  manifestFolder,
  manifestsFolder,
  type Measured,
  parseKey,
  withMarks,
} from '@holdfast/core';
import { eachOf } from '../each-of.ts';
import type { ObjectStore } from '../object-store.ts';
import { readManifestsBelow } from './read-catalogue.ts';
import { markOf, readMarks, writeMark } from './suspect-marks.ts';

export interface Proof {
  /** Of the run. */
  readonly manifests: readonly CatalogueEntry[];
  /** Empty when every object is what its manifest says, of the run and of the artifacts that it builds on. */
  readonly findings: readonly Finding[];
  /** Artifacts that the findings speak of. */
  readonly damaged: readonly { readonly entry: CatalogueEntry; readonly finding: Finding }[];
}

/**
 * Holds the manifests of a run against the objects in the store, and those of the chains that it extends: a DIFF is worth nothing without
 * what is before it. No manifest and no finding means: the run left nothing.
 */
export async function proveRun(store: ObjectStore, run: string, signal?: AbortSignal): Promise<Proof> {
  const { entries: own, unreadable } = await readManifestsBelow(store, manifestFolder(run), { signal });
  const extended = own.filter(({ manifest }) => manifest.type === 'DIFF');
  const others = extended.length > 0 ? await manifestsOf(store, run, { extended, signal }) : [];
  const { findings, damaged } = await proveChains(store, { run, entries: [...own, ...others] }, signal);
  return { manifests: own, findings: [...unreadable.map(unreadableFinding), ...findings], damaged };
}

/** The same for manifests that are known already. */
export async function proveChains(
  store: ObjectStore,
  { run, entries }: { readonly run: string; readonly entries: readonly CatalogueEntry[] },
  signal?: AbortSignal,
): Promise<Omit<Proof, 'manifests'>> {
  const extended = chains(entries).filter(({ runs }) => runs.includes(run));
  const damaged = await damagedOf(
    store,
    extended.flatMap((chain) => chain.entries),
    signal,
  );
  const unreachable = extended.flatMap((chain) =>
    [...chain.lost]
      .filter(({ manifest, suspect }) => manifest.run === run && !suspect)
      .map(({ manifest }): Finding => ({
        reason: 'ChainBroken',
        database: manifest.database,
        message: `${manifest.artifact} cannot be restored: ${chain.findings[0] ?? 'its chain is broken'}; the next run takes a FULL`,
      })),
  );
  return { damaged, findings: [...damaged.map(({ finding }) => finding), ...unreachable] };
}

/** Marks what a proof found missing or changed, so that everybody who reads the folder knows. */
export async function markDamage(
  store: ObjectStore,
  { damaged }: Pick<Proof, 'damaged'>,
  { run, at, signal }: { readonly run: string; readonly at: Date; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  for (const { entry, finding } of damaged) {
    const { reason, message } = finding;
    await writeMark(store, markOf(entry, { run, reason, message, at }), signal);
  }
}

const headsAtOnce = 16;

/** Other runs' manifests of the databases that the run extended; those of other databases are not even read. */
async function manifestsOf(
  store: ObjectStore,
  run: string,
  { extended, signal }: { extended: readonly CatalogueEntry[]; signal: AbortSignal | undefined },
): Promise<CatalogueEntry[]> {
  const wanted = new Set(extended.map(({ manifest }) => databaseKey(manifest.database)));
  const isWanted = (key: string) => {
    const parsed = parseKey(key);
    return parsed?.kind === 'manifest' && parsed.run !== run && wanted.has(parsed.databaseKey);
  };
  const { entries } = await readManifestsBelow(store, manifestsFolder, { signal, isWanted });
  return withMarks(entries, await readMarks(store, signal));
}

async function damagedOf(
  store: ObjectStore,
  entries: readonly CatalogueEntry[],
  signal: AbortSignal | undefined,
): Promise<{ entry: CatalogueEntry; finding: Finding }[]> {
  const measured = new Map<string, Measured>();
  const keys = new Set(entries.flatMap(({ manifest }) => manifest.objects.map(({ key }) => key)));
  await eachOf(keys, { limit: headsAtOnce, signal }, async (key) => {
    const entry = await store.head(key, signal);
    if (entry) measured.set(key, entry);
  });
  return entries.flatMap((entry) => checkArtifact(entry.manifest, measured).map((finding) => ({ entry, finding })));
}

function unreadableFinding({ key, problem }: { key: string; problem: string }): Finding {
  return { reason: 'UnreadableManifest', key, message: `${key} cannot be read: ${problem}` };
}
