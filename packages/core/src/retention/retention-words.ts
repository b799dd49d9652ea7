import type { Reason, RetentionResult, Status } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { Held } from './plan.ts';

/** What retention did, or why it held back, in one sentence. */
export function retentionSentence({ held, kept, removed, archived = 0 }: RetentionResult): string {
  const gone =
    archived > 0
      ? [
          ...(removed > 0 ? [`${counted(removed, 'artifact')} removed`] : []),
          `${counted(archived, 'artifact')} archived`,
        ]
      : [`${counted(removed, 'artifact')} removed`];
  return held[0]?.message ?? [`${counted(kept, 'restore point')} kept`, ...gone].join(', ');
}

/** What retention did, from its plan and from what came of it. */
export function carriedOut(
  planned: RetentionResult,
  swept: Pick<RetentionResult, 'removed' | 'reclaimedBytes' | 'removedLeftovers'> & {
    readonly archived: number;
    readonly archivedBytes: number;
    readonly held: readonly Held[];
  },
  now: Date,
): RetentionResult {
  const retryAt = lockRetry(swept.held, now);
  const { removed, archived, archivedBytes, reclaimedBytes, removedLeftovers, held } = swept;
  return {
    ...planned,
    removed,
    reclaimedBytes,
    ...(removedLeftovers && { removedLeftovers }),
    ...(planned.deletePolicy === 'Archive' && { archived, archivedBytes }),
    held: [...planned.held, ...held.map(toHeld)],
    ...(retryAt && { nextExpiry: earlier(planned.nextExpiry, wholeSecondAfter(retryAt)) }),
  };
}

/** A hold in the form that status keeps. */
export function toHeld({ until, ...held }: Held): RetentionResult['held'][number] {
  return { ...held, ...(until && { until: wholeSecondAfter(until) }) };
}

/** Nobody tells us when a lock is taken off, so it is asked for so often. */
const unknownEndMs = 6 * 3_600_000;
/** Clocks differ: a lock that should be over and is not is asked for again after so long. */
const leastRetryMs = 300_000;

/** When removing is tried again after a lock refused it; undefined when none did. */
function lockRetry(held: readonly Held[], now: Date): Date | undefined {
  const ends = held
    .filter(({ reason }) => reason === 'ObjectLocked')
    .map(({ until }) => until?.getTime() ?? now.getTime() + unknownEndMs);
  if (ends.length === 0) return undefined;
  return new Date(Math.max(Math.min(...ends), now.getTime() + leastRetryMs));
}

function earlier(a: string | undefined, b: string): string {
  return a !== undefined && Date.parse(a) < Date.parse(b) ? a : b;
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
