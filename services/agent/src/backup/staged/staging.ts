import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chains, currentChains, keptOf, parseArtifactName, type CatalogueEntry, type InspectRow } from '@holdfast/core';
import type { Manifest } from '@holdfast/types';
import type { Context } from '../../context.ts';
import type { EnginePlace } from '../engine.ts';
import type { RunLog } from '../run-log.ts';
import type { Desk } from '../transfer.ts';
import { filesOf, removeArtifacts } from './local-files.ts';

/** Where the engine of a staged run writes. */
export interface Staging {
  readonly folder: string;
  readonly kind: Exclude<EnginePlace['kind'], 'store'>;
}

/**
 * Fresh in scratch, or in the work volume, which keeps the current chain of each database so that the engine can build on it. Several backups may
 * share a work volume, so each has a folder of its own there.
 */
export async function openStaging({ workVolume, scratch, plan }: Context): Promise<Staging> {
  if (!workVolume) return { folder: await mkdtemp(join(scratch, 'staged-')), kind: 'scratch' };
  const folder = join(workVolume, 'holdfast-work', plan.namespace, plan.backup);
  await mkdir(folder, { recursive: true });
  return { folder, kind: 'work' };
}

/** An empty folder is not shown to the engine: versions differ in what they say of one. */
export async function inspectStaging(
  { folder }: Staging,
  { engine }: Desk,
  signal: AbortSignal,
): Promise<readonly InspectRow[]> {
  const names = await readdir(folder);
  return names.some((name) => parseArtifactName(name)) ? engine.inspect(folder, signal) : [];
}

/**
 * Removes from the work volume whatever is not a link of a current chain, exactly as its manifest says: the engine would build on it. What a dead
 * pod left without a manifest goes with it, and is made again.
 */
export async function dropStrangers(
  rows: readonly InspectRow[],
  entries: readonly CatalogueEntry[],
  { staging, runLog }: { staging: Staging; runLog: RunLog },
): Promise<undefined> {
  const kept = new Set<string>();
  for (const { manifest } of linksIn(rows, entries)) {
    if ((await plainBytesOf(staging, manifest)) === plainBytes(manifest)) kept.add(manifest.artifact);
  }
  for (const name of await removeArtifacts(staging.folder, (artifact) => !kept.has(artifact)))
    runLog.say(`${name} in the work volume is no link of a current chain; it is removed`);
}

/** An artifact that counts is safe in the store: scratch has no further use for it, and the work volume none for an older chain. */
export async function makeRoom({ folder, kind }: Staging, { artifact, type }: Manifest): Promise<void> {
  if (kind === 'scratch') return void (await removeArtifacts(folder, (name) => name === artifact));
  if (type !== 'FULL') return;
  const database = parseArtifactName(artifact)?.database;
  await removeArtifacts(folder, (name) => name !== artifact && parseArtifactName(name)?.database === database);
}

/** Bytes of an artifact as the engine wrote it. */
export function plainBytes({ encryption, bytes }: Manifest): number {
  return encryption?.plainBytes ?? bytes;
}

function linksIn(rows: readonly InspectRow[], entries: readonly CatalogueEntry[]): CatalogueEntry[] {
  const expected = [...new Set(entries.map(({ manifest }) => manifest.database))];
  const current = currentChains({ chains: chains(entries), expected }).values();
  return [...current].flatMap((chain) => (chain ? keptOf(chain, rows).present : []));
}

async function plainBytesOf({ folder }: Staging, { artifact }: Manifest): Promise<number> {
  const files = await filesOf(folder, artifact);
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
