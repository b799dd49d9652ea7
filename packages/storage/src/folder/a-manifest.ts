import type { Manifest } from '@holdfast/types';
import { anEntry } from '../../../core/src/chains/an-entry.ts';

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
  const names = [
    `${artifact}.backup`,
    ...Array.from({ length: parts }, (_, index) => `${artifact}.backup.part${index + 1}`),
  ];
  const objects = told.objects ?? names.map((name) => ({ key: `artifacts/${name}`, bytes: name.length }));
  return {
    ...anEntry({ artifact, run, database, ...(told.chain !== undefined && { chain: told.chain }) }).manifest,
    objects,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
