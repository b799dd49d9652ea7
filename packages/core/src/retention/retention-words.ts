import type { Reason, RetentionResult, Status } from '@holdfast/types';
import { toTime } from '../format/time.ts';

/** What retention did, or why it held back, in one sentence. */
export function retentionSentence({ held, kept, removed }: RetentionResult): string {
  return held[0]?.message ?? `${counted(kept, 'restore point')} kept, ${counted(removed, 'artifact')} removed`;
}

/**
 * The result of a look that removed nothing and says why.
 * @param retryAt brings the next look; without it, the next occasion does
 */
export function heldBack(
  { retention }: Pick<Status, 'retention'>,
  because: { reason: Reason; message: string; retryAt?: Date },
): RetentionResult {
  const { reason, message, retryAt } = because;
  return {
    kept: retention?.kept ?? 0,
    removed: 0,
    reclaimedBytes: 0,
    held: [{ reason, message }],
    remove: [],
    removeCount: 0,
    reclaimBytes: 0,
    ...(retryAt && { nextExpiry: wholeSecondAfter(retryAt) }),
  };
}

/** Rounded up: whoever looks at that second must find that the time has really passed. */
export function wholeSecondAfter(at: Date): string {
  return toTime(new Date(Math.ceil(at.getTime() / 1000) * 1000));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
