import type { BackupFacts, FolderClaim } from '@holdfast/core';
import { KubeError } from '@holdfast/kube';
import { claimFolder } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';
import type { FoundStore } from './find-store.ts';
import type { Hands, Wait } from './hands.ts';

const folderAgainMs = 60_000;

/**
 * Makes sure that the backup's folder is this cluster's before a Job is spent on it. Where only the backup's own pods see the store, they
 * do it with the claim that this answers.
 */
export async function claimStore(
  backup: BackupFacts,
  found: FoundStore,
  hands: Hands,
  signal: AbortSignal,
): Promise<FolderClaim | Wait> {
  try {
    const claim = await claimOf(backup, hands, signal);
    if (found.kind === 'agent') return claim;
    const owner = await claimFolder(found.store, claim, { now: hands.now(), signal });
    return owner.kind === 'ours'
      ? claim
      : { reason: 'FolderOwnedElsewhere', message: owner.message, againMs: folderAgainMs };
  } catch (error) {
    // The API's own trouble passes by itself; a right that is missing is for a person, who reads it in the status.
    if (!(error instanceof BackupError) || (error instanceof KubeError && error.reason !== 'ApiDenied')) throw error;
    return { reason: error.reason, message: error.message, againMs: folderAgainMs };
  }
}

/** In whose name a backup's folder is claimed. */
export async function claimOf(
  { key, uid, takeOver }: BackupFacts,
  hands: Hands,
  signal: AbortSignal,
): Promise<FolderClaim> {
  const clusterId = await hands.clusterId(signal);
  return { ...key, backupUid: uid, clusterId, ...(takeOver !== undefined && { takeOver }) };
}
