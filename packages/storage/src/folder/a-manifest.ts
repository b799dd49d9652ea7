import type { Manifest } from '@holdfast/types';

/** For tests: a manifest, told by what is special about it. */
export function aManifest(told: {
  run: string;
  database?: string;
  chain?: string;
  parts?: number;
  objects?: Manifest['objects'];
}): Manifest {
  const { run, database = 'orders', parts = 0 } = told;
  const artifact = `${database}-${run}`;
  const time = '2026-03-01T02:00:00.000Z';
  const names = [
    `${artifact}.backup`,
    ...Array.from({ length: parts }, (_, index) => `${artifact}.backup.part${index + 1}`),
  ];
  const objects = told.objects ?? names.map((name) => ({ key: `artifacts/${name}`, bytes: name.length }));
  return {
    formatVersion: 1,
    kind: 'ArtifactManifest',
    run,
    attempt: 1,
    backupUid: 'uid',
    database,
    databaseId: `id-of-${database}`,
    artifact: `${artifact}.backup`,
    objects,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    type: told.chain === undefined ? 'FULL' : 'DIFF',
    lowestTx: 1,
    highestTx: 10,
    empty: false,
    compressed: true,
    recovered: false,
    chain: told.chain ?? artifact,
    artifactTime: time,
    startTime: time,
    completionTime: time,
    origin: 'written',
    verified: { level: 'objects', time },
    engineVersion: '5.26.0',
    toolVersion: '0.1.0',
  };
}
