import { keptOf, otherwiseEncrypted, type Chain } from '@holdfast/core';
import type { BackupType } from '@holdfast/types';
import type { Desk, Folder } from '../transfer.ts';
import { bringBack } from './bring-back.ts';
import { removeArtifacts } from './local-files.ts';
import { inspectStaging, type Staging } from './staging.ts';

interface Reach {
  readonly asked: BackupType;
  readonly folder: Folder;
  readonly staging: Staging;
  readonly desk: Desk;
  /** Whether new artifacts are encrypted. */
  readonly encrypts: boolean;
}

/**
 * Chains, by id, that do not stand whole in the folder where the engine writes, each with why. Whoever asks for a DIFF by name gets its chain
 * brought back, if that can be done.
 */
export async function outOfReach(current: readonly Chain[], reach: Reach): Promise<ReadonlyMap<string, string>> {
  const others = otherwiseEncrypted(current, reach.encrypts);
  const wanted = current.filter(({ id }) => !others.has(id));
  if (others.size > 0 || reach.asked !== 'DIFF') return new Map([...(await absentOf(wanted, reach)), ...others]);
  return fetched(wanted, reach);
}

const whyAbsent = {
  scratch: 'is only in the store; name a claim in options.workVolume to keep it where neo4j-admin can build on it',
  work: 'is not whole in the work volume',
} as const;

async function absentOf(chains: readonly Chain[], { staging, desk }: Reach): Promise<Map<string, string>> {
  const rows = await inspectStaging(staging, desk, desk.context.signal);
  const absent = chains.filter((chain) => keptOf(chain, rows).absent.length > 0);
  return new Map(absent.map(({ id }) => [id, whyAbsent[staging.kind]]));
}

/** All of them or none: the engine is called once for all databases, and a FULL needs the room. */
async function fetched(chains: readonly Chain[], reach: Reach): Promise<ReadonlyMap<string, string>> {
  const { staging, desk, folder } = reach;
  const rows = await inspectStaging(staging, desk, desk.context.signal);
  for (const chain of chains) {
    const { absent } = keptOf(chain, rows);
    if (absent.length === 0) continue;
    desk.runLog.say(`chain ${chain.id} of ${chain.database}: ${absent.length} artifacts are brought back for a DIFF`);
    const why = await bringBack(absent, staging, desk.context);
    if (why !== undefined) {
      if (staging.kind === 'scratch') await removeArtifacts(staging.folder, () => true);
      return new Map([[chain.id, why]]);
    }
    for (const { manifest } of absent) folder.seen.add(manifest.artifact);
  }
  return absentOf(chains, reach);
}
