import type { InspectRow } from '../engine/inspect-table.ts';
import { atHour } from './an-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** For tests: a row of inspect, told by what is special about it. */
export function aRow(told: {
  artifact: string;
  tx?: readonly [lowest: number, highest: number];
  full?: boolean;
  hour?: number;
  database?: string;
  databaseId?: string;
}): InspectRow {
  const { artifact, database = 'orders', tx = [1, 10], full = false, hour = 10 } = told;
  return {
    file: `${artifact}.backup`,
    uri: `file:///store/artifacts/${artifact}.backup`,
    database,
    databaseId: told.databaseId ?? `id-of-${database}`,
    time: atHour(hour),
    full,
    compressed: true,
    lowestTx: tx[0],
    highestTx: tx[1],
  };
}

/** For tests: how inspect shows the artifact of a manifest. */
export function rowOf({ manifest }: CatalogueEntry): InspectRow {
  const { database, databaseId, compressed, lowestTx, highestTx } = manifest;
  return {
    file: manifest.artifact,
    uri: `file:///store/artifacts/${manifest.artifact}`,
    database,
    databaseId,
    time: new Date(manifest.artifactTime),
    full: manifest.type === 'FULL',
    compressed,
    lowestTx,
    highestTx,
  };
}
