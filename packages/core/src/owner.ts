import { annotations, type OwnerRecord } from '@holdfast/types';
import { ownerKey } from './layout.ts';

/** Who wants to write into a folder. */
export interface FolderClaim {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly backupUid: string;
  /** Cluster from which a person lets the folder be taken over. */
  readonly takeOver?: string | undefined;
}

/** The last record of a folder's owners, counted from 1. */
export type LastOwner =
  | { readonly number: number; readonly record: OwnerRecord }
  | { readonly number: number; readonly problem: string };

export type Ownership =
  | { readonly kind: 'ours' }
  /** Nobody's, or given up by name: whoever writes the record of this number has it. */
  | { readonly kind: 'free'; readonly number: number }
  /** Somebody else's, or nobody can tell whose. */
  | { readonly kind: 'foreign'; readonly message: string };

/** Whether a folder may be written into. What cannot be read is never ours: guessing would let two clusters remove each other's backups. */
export function judgeOwner(last: LastOwner | undefined, claim: FolderClaim): Ownership {
  if (!last) return { kind: 'free', number: 1 };
  if ('problem' in last) return { kind: 'foreign', message: unreadable(last) };
  const { clusterId } = last.record;
  if (clusterId === claim.clusterId) return { kind: 'ours' };
  if (clusterId === claim.takeOver) return { kind: 'free', number: last.number + 1 };
  return { kind: 'foreign', message: ownedBy(last.record, claim) };
}

function unreadable({ number, problem }: { number: number; problem: string }): string {
  return `"${ownerKey(number)}" in the backup's folder cannot be read (${problem}), so nobody can tell whose folder it is; read it with the version that wrote it, or use another spec.storage.path`;
}

function ownedBy({ clusterId, namespace, name }: OwnerRecord, { takeOver }: FolderClaim): string {
  const owner = `the folder belongs to backup ${shown(namespace)}/${shown(name)} of cluster ${shown(clusterId)}`;
  const remedy = `use another spec.storage.path, or, when nothing there writes into it any more, set annotation ${annotations.takeOver} to ${shown(clusterId)}`;
  const wrong = takeOver === undefined ? '' : ` (it names ${shown(takeOver)}, which is not the owner)`;
  return `${owner}; ${remedy}${wrong}`;
}

/** A record can be written by anyone who may write to the bucket: in a status it must stay one short word. */
function shown(word: string): string {
  return word.replaceAll(/[^A-Za-z0-9._-]/g, '?').slice(0, 64);
}
