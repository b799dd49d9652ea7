import type { Manifest } from '@holdfast/types';
import { manifestKey } from '../layout.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** For tests and benches: what a backup that never failed leaves, run by run: of each database a chain, begun anew every `runsOfChain` runs. */
export interface LongHistory {
  readonly runs: number;
  readonly databases?: readonly string[];
  readonly runsOfChain?: number;
  readonly begin?: Date;
  readonly everyMs?: number;
  /** Size of each artifact. */
  readonly bytes?: number;
}

export function* longHistory(told: LongHistory): Generator<CatalogueEntry> {
  const { runs, databases = ['orders', 'system'], runsOfChain = 24, everyMs = 3_600_000, bytes = 512 } = told;
  const begin = told.begin ?? new Date('2026-01-01T02:00:00Z');
  for (let number = 0; number < runs; number += 1) {
    const modifiedAt = new Date(begin.getTime() + number * everyMs);
    for (const database of databases) {
      const manifest = manifestOf(
        { number, database, bytes },
        (of) => new Date(begin.getTime() + of * everyMs),
        runsOfChain,
      );
      yield { manifest, key: manifestKey(manifest.run, database), modifiedAt };
    }
  }
}

function manifestOf(
  { number, database, bytes }: { readonly number: number; readonly database: string; readonly bytes: number },
  timeOf: (number: number) => Date,
  runsOfChain: number,
): Manifest {
  const time = timeOf(number).toISOString();
  const link = number % runsOfChain;
  const name = (of: number): string => `${database}-${timeOf(of).toISOString().slice(0, 19).replaceAll(':', '-')}`;
  return {
    formatVersion: 1,
    kind: 'ArtifactManifest',
    run: `s${time.slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z-${number.toString(16).padStart(8, '0')}`,
    attempt: 1,
    backupUid: 'b3d8c2ae-0000-4000-8000-000000000001',
    database,
    databaseId: `id-of-${database}`,
    artifact: `${name(number)}.backup`,
    objects: [{ key: `artifacts/${name(number)}.backup`, bytes }],
    bytes,
    type: link === 0 ? 'FULL' : 'DIFF',
    lowestTx: link === 0 ? 1 : number * 10 + 1,
    highestTx: number * 10 + 10,
    empty: false,
    compressed: true,
    recovered: false,
    ...(link > 0 && { parent: `${name(number - 1)}.backup` }),
    chain: name(number - link),
    artifactTime: time,
    startTime: time,
    completionTime: time,
    origin: 'written',
    verified: { level: 'objects', time },
    engineVersion: '5.26.0',
    toolVersion: '0.1.0',
  };
}
