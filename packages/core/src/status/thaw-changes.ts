import type { Reason, Status, ThawResult, ThawStatus } from '@holdfast/types';
import { toTime, wholeSeconds } from '../format/time.ts';
import { withRun } from './with-run.ts';

/** How often a store is asked how far it is: it takes hours. */
const lookAgainMs = 30 * 60_000;
/** After trouble; a person waits for it. */
const retryAfterMs = 10 * 60_000;

/** The run looks now; its deadline counts from here. */
export function beginThaw(status: Status, now: Date): Status {
  return withRun(status, (run) => ({ ...run, phase: 'Running', startedAt: run.startedAt ?? toTime(now) }));
}

/** A thaw run is over; it leaves no entry in the history, which speaks of backups. */
export function settleThaw(status: Status, result: ThawResult, now: Date): Status {
  const { activeRun: _over, thaw: before, ...rest } = status;
  const { chain, state, message, objects, readable, until, folder } = result;
  if (chain === undefined || state === undefined) return rest;
  const next = state === 'Coming' ? toTime(new Date(now.getTime() + lookAgainMs)) : until && wholeSeconds(until);
  const thaw: ThawStatus = {
    chain,
    state,
    reason: reasons[state],
    message,
    requestedTime: before?.chain === chain ? before.requestedTime : toTime(now),
    lastRunTime: toTime(now),
    ...(next && { nextRunTime: next }),
    ...(state !== 'NotArchived' && { objects, readable }),
    ...(until && { readableUntil: wholeSeconds(until) }),
    ...(folder !== undefined && { folder }),
  };
  return { ...rest, thaw };
}

/** Something kept it from looking, and may be gone soon; what was known stays. */
export function holdThaw(
  status: Status,
  because: { readonly chain?: string | undefined; readonly reason: Reason; readonly message: string },
  now: Date,
): Status {
  const { activeRun: _over, thaw: before, ...rest } = status;
  const { reason, message, chain = before?.chain } = because;
  if (chain === undefined) return rest;
  const same = before?.chain === chain ? before : undefined;
  const thaw: ThawStatus = {
    ...same,
    // What has to end is still said, or nobody would end it.
    chain: before?.chain ?? chain,
    reason,
    message,
    requestedTime: same?.requestedTime ?? toTime(now),
    lastRunTime: toTime(now),
    notBefore: toTime(new Date(now.getTime() + retryAfterMs)),
  };
  return { ...rest, thaw };
}

const reasons = {
  Coming: 'Thawing',
  Readable: 'Thawed',
  NotArchived: 'NotArchived',
} as const satisfies Record<NonNullable<ThawResult['state']>, Reason>;
