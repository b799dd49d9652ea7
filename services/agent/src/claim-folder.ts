import type { FolderClaim } from '@holdfast/core';
import { claimFolder } from '@holdfast/storage';
import { BackupError, type AgentPlan } from '@holdfast/types';
import type { Context } from './context.ts';

/**
 * Makes sure that the folder is this cluster's before anything is written or removed in it.
 * @throws BackupError `FolderOwnedElsewhere`, transient: a person may give the folder up, or set an annotation
 */
export async function requireOwnFolder({
  plan,
  store,
  clock,
  signal,
}: Pick<Context, 'plan' | 'store' | 'clock' | 'signal'>): Promise<void> {
  const claim = claimOf(plan);
  if (!claim) return;
  const owner = await claimFolder(store, claim, { now: clock.now(), signal });
  if (owner.kind === 'foreign') throw new BackupError('FolderOwnedElsewhere', 'transient', owner.message);
}

/** In whose name this pod works; undefined for a plan that names nobody. */
export function claimOf({ owner, namespace, backup, backupUid }: AgentPlan): FolderClaim | undefined {
  if (!owner) return undefined;
  return { clusterId: owner.clusterId, takeOver: owner.takeOver, namespace, name: backup, backupUid };
}
