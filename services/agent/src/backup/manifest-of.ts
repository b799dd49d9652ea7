import { isEmptyRow, type InspectRow, type Placement } from '@holdfast/core';
import { formatVersion, type AgentPlan, type Manifest, type VerificationLevel } from '@holdfast/types';
import type { Delivered } from './transfer.ts';

/** The run that a manifest names: usually the present one, for adopted artifacts an earlier one. */
export interface Origin {
  readonly run: string;
  readonly attempt: number;
  readonly origin: Manifest['origin'];
  readonly startedAt: Date;
}

/** The manifest of a fresh artifact, and its place in its chain among those that are known. */
export function manifestOf(
  row: InspectRow,
  { objects, encryption }: Delivered,
  given: {
    plan: AgentPlan;
    origin: Origin;
    place: Placement;
    level: VerificationLevel;
    engineVersion: string;
    now: Date;
  },
): Manifest {
  const { plan, origin, place, level, engineVersion, now } = given;
  const completionTime = now.toISOString();
  return {
    formatVersion,
    kind: 'ArtifactManifest',
    run: origin.run,
    attempt: origin.attempt,
    backupUid: plan.backupUid,
    database: row.database,
    databaseId: row.databaseId,
    artifact: row.file,
    objects: [...objects],
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    type: row.full ? 'FULL' : 'DIFF',
    lowestTx: row.lowestTx,
    highestTx: row.highestTx,
    empty: isEmptyRow(row),
    compressed: row.compressed,
    ...(encryption && { encryption }),
    recovered: row.recovered ?? row.full,
    ...(place.kind === 'link' && { parent: place.parent }),
    chain: place.chain,
    artifactTime: row.time.toISOString(),
    startTime: origin.startedAt.toISOString(),
    completionTime,
    origin: origin.origin,
    verified: { level, time: completionTime },
    engineVersion,
    toolVersion,
  };
}

/** Ours, as manifests tell it. */
const toolVersion = 'holdfast 0.1.0';
