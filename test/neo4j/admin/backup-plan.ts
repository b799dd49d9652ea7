import type { Header } from './chains.ts';

/** What a backup of one database will be. */
export type BackupPlan =
  | { readonly kind: 'full'; readonly failedDiff?: string }
  | { readonly kind: 'diff'; readonly from: number; readonly to: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly why: 'no-parent' | 'pruned'; readonly reason: string };

/** What the plan depends on. */
export interface BackupFacts {
  readonly type: 'FULL' | 'DIFF' | 'AUTO';
  readonly parent: Pick<Header, 'full' | 'lowestTx' | 'highestTx'> | undefined;
  readonly lastTx: number;
  readonly firstAvailableTx: number;
  /** Transactions by which a first DIFF reaches back into its FULL. */
  readonly overlap: number;
  /** The folder, for the message. */
  readonly folder: string;
}

/** Decides by the table of type, parent and logs: FULL always, DIFF only where it can be, AUTO whichever is possible. */
export function planBackup({ type, parent, lastTx, firstAvailableTx, overlap, folder }: BackupFacts): BackupPlan {
  if (type === 'FULL') return { kind: 'full' };
  if (!parent) return orFull(type, 'no-parent', noParent(folder));
  if (parent.highestTx >= lastTx) return { kind: 'empty' };
  const next = parent.highestTx + 1;
  if (next < firstAvailableTx) return orFull(type, 'pruned', pruned(next, firstAvailableTx));
  const from = parent.full ? Math.max(next - overlap, parent.lowestTx + 1, firstAvailableTx) : next;
  return { kind: 'diff', from: Math.min(from, next), to: lastTx };
}

function orFull(type: 'DIFF' | 'AUTO', why: 'no-parent' | 'pruned', reason: string): BackupPlan {
  return type === 'AUTO' ? { kind: 'full', failedDiff: reason } : { kind: 'refused', why, reason };
}

function noParent(folder: string): string {
  return `Differential backups require that a full backup of the same database exists in the folder defined in --to-path. No existing backup found here: ${folder}`;
}

function pruned(from: number, firstAvailableTx: number): string {
  return `The transaction logs from tx ${from} on are not available on the server any more, the first is ${firstAvailableTx}.`;
}
