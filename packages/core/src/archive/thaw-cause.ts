import type { BackupFacts } from '../run/observed.ts';

type Asked = Pick<BackupFacts, 'status' | 'thawChain'>;

/** What a thaw run has to do. */
export interface ThawWish {
  /** Archived chain that is to be readable; absent when none is any more. */
  readonly chain?: string;
  /** Chain that was, and whose readable copies go. */
  readonly ended?: string;
}

/** What the annotation wants that status does not say yet. */
export function thawWish({ status, thawChain }: Asked): ThawWish {
  const before = status.thaw?.chain;
  return {
    ...(thawChain !== undefined && { chain: thawChain }),
    ...(before !== undefined && before !== thawChain && { ended: before }),
  };
}

/**
 * Why the archive should be looked at now, as a text that names the occasion: the annotation names another chain than the last look did, or
 * none any more, or it is time to ask the store how far it is.
 */
export function thawCause(backup: Asked, now: Date): string | undefined {
  const { chain, ended } = thawWish(backup);
  const { thaw } = backup.status;
  if (thaw?.notBefore && new Date(thaw.notBefore) > now) return undefined;
  if (ended !== undefined) return `from ${ended} to ${chain ?? 'none'} after ${thaw?.lastRunTime}`;
  if (chain === undefined) return undefined;
  if (!thaw) return `ask for ${chain}`;
  const at = thawAt(backup);
  return at && at <= now ? `look at ${chain} after ${thaw.lastRunTime}` : undefined;
}

/** When the archive is looked at again by itself; undefined when it is not. */
export function thawAt({ status, thawChain }: Asked): Date | undefined {
  const { notBefore, nextRunTime, chain } = status.thaw ?? {};
  const at = notBefore ?? (chain === thawChain ? nextRunTime : undefined);
  return at === undefined ? undefined : new Date(at);
}
