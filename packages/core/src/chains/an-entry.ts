import type { Manifest } from '@holdfast/types';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** For tests: a catalogue entry, told by what is special about it. Times are hours since the start of 2026. */
export function anEntry(told: {
  artifact: string;
  chain?: string;
  parent?: string;
  tx?: readonly [lowest: number, highest: number];
  hour?: number;
  run?: string;
  database?: string;
  databaseId?: string;
  bytes?: number;
  engineVersion?: string;
  modifiedHour?: number;
  objectKey?: string;
}): CatalogueEntry {
  const { artifact, database = 'orders', hour = 0, tx = [1, 10], parent } = told;
  const run = told.run ?? `run-${hour}`;
  const time = atHour(hour).toISOString();
  const full = told.chain === undefined;
  const manifest: Manifest = {
    formatVersion: 1,
    kind: 'ArtifactManifest',
    run,
    attempt: 1,
    backupUid: 'uid',
    database,
    databaseId: told.databaseId ?? `id-of-${database}`,
    artifact: `${artifact}.backup`,
    objects: [{ key: told.objectKey ?? `artifacts/${artifact}.backup`, bytes: told.bytes ?? 100 }],
    bytes: told.bytes ?? 100,
    type: full ? 'FULL' : 'DIFF',
    lowestTx: tx[0],
    highestTx: tx[1],
    empty: !full && tx[0] === 0 && tx[1] === 0,
    compressed: true,
    recovered: full,
    ...(parent !== undefined && { parent: `${parent}.backup` }),
    chain: told.chain ?? artifact,
    artifactTime: time,
    startTime: time,
    completionTime: time,
    origin: 'written',
    verified: { level: 'objects', time },
    engineVersion: told.engineVersion ?? '5.26.0',
    toolVersion: '0.1.0',
  };
  return { manifest, key: `manifests/${run}/${database}.json`, modifiedAt: atHour(told.modifiedHour ?? hour) };
}

export function atHour(hour: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000);
}
