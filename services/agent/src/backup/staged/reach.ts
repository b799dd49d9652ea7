import { keptOf, otherwiseEncrypted, type Chain } from '@holdfast/core';
import type { Desk } from '../transfer.ts';
import { inspectStaging, type Staging } from './staging.ts';

interface Reach {
  readonly staging: Staging;
  readonly desk: Desk;
  /** Whether new artifacts are encrypted. */
  readonly encrypts: boolean;
}

/** Chains, by id, that do not stand whole in the folder where the engine writes, each with why. */
export async function outOfReach(
  current: readonly Chain[],
  { staging, desk, encrypts }: Reach,
): Promise<ReadonlyMap<string, string>> {
  const rows = await inspectStaging(staging, desk, desk.context.signal);
  const absent = current.filter((chain) => keptOf(chain, rows).absent.length > 0);
  return new Map([
    ...absent.map(({ id }) => [id, whyAbsent[staging.kind]] as const),
    ...otherwiseEncrypted(current, encrypts),
  ]);
}

const whyAbsent = {
  scratch: 'is only in the store; name a claim in options.workVolume to keep it where neo4j-admin can build on it',
  work: 'is not whole in the work volume',
} as const;
