import type { InspectRow } from '../engine/inspect-table.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import type { Chain } from './chains.ts';
import { isDirect, isWhatItSays } from './explain-folder.ts';

/** Chains, by id, that a direct run cannot build on because some of their artifacts were uploaded by staged runs. */
export function beyondDirect(chains: readonly Chain[]): ReadonlyMap<string, string> {
  const staged = chains.filter(({ entries }) => !entries.every(isDirect));
  return new Map(
    staged.map(({ id }) => [id, 'was made by staged runs, and neo4j-admin cannot build on it in the store']),
  );
}

/** Chains, by id, that a staged run should not extend: one chain is either encrypted or not. */
export function otherwiseEncrypted(chains: readonly Chain[], encrypts: boolean): ReadonlyMap<string, string> {
  const others = chains.filter(({ entries }) =>
    entries.some(({ manifest }) => (manifest.encryption !== undefined) !== encrypts),
  );
  const why = encrypts ? 'is not encrypted, and new artifacts are' : 'is encrypted, and new artifacts are not';
  return new Map(others.map(({ id }) => [id, why]));
}

export interface KeptChain {
  /** Links that are not in the folder as their manifests say; a DIFF needs every one before it. */
  readonly absent: readonly CatalogueEntry[];
  readonly present: readonly CatalogueEntry[];
}

/** Which links of a chain stand in a local folder. Links that no restore can reach, and bytes alone, decide nothing here. */
export function keptOf(chain: Chain, rows: readonly InspectRow[]): KeptChain {
  const byFile = new Map(rows.map((row) => [row.file, row]));
  const isThere = (entry: CatalogueEntry) => {
    const row = byFile.get(entry.manifest.artifact);
    return row !== undefined && isWhatItSays(row, entry);
  };
  return { absent: chain.entries.filter((entry) => !isThere(entry)), present: chain.entries.filter(isThere) };
}
