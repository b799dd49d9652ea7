import type { BackupFacts } from '../run/observed.ts';
import type { TargetFacts } from '../target/target-facts.ts';

/** What a trigger looks at. */
export interface Seeing {
  readonly backup: BackupFacts;
  /** Absent while nothing is known of the target: it does not exist, has not agreed, or was not looked at yet. */
  readonly target?: TargetFacts;
}

/**
 * What a trigger makes of what it sees, compared with what it remembers. It knows states and no events, so whatever is lost, doubled or seen
 * late by a watcher makes no difference: what differs from memory fires once, with the memory that makes it the same again.
 */
export type Finding<Memory> =
  /** Worth remembering, and no occasion: seen for the first time, or another thing than before. */
  | { readonly kind: 'note'; readonly seen: Memory }
  /** `subject` and `value` name the occasion, and with it the run. */
  | { readonly kind: 'fire'; readonly seen: Memory; readonly subject: string; readonly value: string };

/** @returns undefined when there is nothing new, or nothing to be seen */
export type Trigger<Memory> = (seen: Memory | undefined, seeing: Seeing) => Finding<Memory> | undefined;

/** Whether the last run began after this moment and succeeded: whatever appeared then is backed up already. */
export function isBackedUpSince({ status }: BackupFacts, createdAt: Date): boolean {
  const { lastRunTime, lastSuccessTime } = status;
  if (!lastRunTime || !lastSuccessTime || status.activeRun?.kind === 'backup') return false;
  return new Date(lastRunTime) > createdAt && new Date(lastSuccessTime) >= new Date(lastRunTime);
}
