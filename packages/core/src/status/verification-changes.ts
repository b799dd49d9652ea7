import type { FolderState, Reason, Status, VerificationStatus, VerifiedSlice } from '@holdfast/types';
import { formatBytes } from '../format/bytes.ts';
import { toTime, wholeSeconds } from '../format/time.ts';
import { withRun } from './with-run.ts';

/** How a verification run ended. */
export type VerificationEnding =
  | {
      /** Everything was looked at, or what is left waits for the next run. */
      readonly kind: 'looked';
      readonly slice: VerifiedSlice;
      readonly folder: FolderState;
    }
  /** Something kept it from looking, and may be gone in an hour. */
  | { readonly kind: 'held'; readonly reason: Reason; readonly message: string };

/** After trouble, when a verification is tried again. */
const retryAfterMs = 3_600_000;

export function rememberToken(before: VerificationStatus | undefined, token: string): VerificationStatus {
  return { ...before, lastTokens: [token, ...(before?.lastTokens ?? [])].slice(0, 20) };
}

/** The run reads now; its deadline counts from here. A second worker that gets here changes nothing. */
export function beginVerification(status: Status, now: Date): Status {
  return withRun(status, (run) => ({ ...run, phase: 'Running', startedAt: run.startedAt ?? toTime(now) }));
}

/** A verification run is over; it leaves no entry in the history, which speaks of backups. */
export function settleVerification(status: Status, ending: VerificationEnding, now: Date): Status {
  const run = status.activeRun;
  if (!run) return status;
  const { activeRun: _over, ...rest } = status;
  const { notBefore: _passed, ...before } = status.verification ?? {};
  const common = { ...before, round: run.round ?? run.recordedAt, lastRunTime: toTime(now) };
  if (ending.kind === 'held') {
    const { reason, message } = ending;
    const notBefore = toTime(new Date(now.getTime() + retryAfterMs));
    return { ...rest, verification: { ...common, unfinished: true, notBefore, reason, message } };
  }
  const { slice, folder } = ending;
  const unfinished = slice.remaining > 0;
  const verification: VerificationStatus = {
    ...common,
    unfinished,
    ...(!unfinished && { provenSince: wholeSeconds(common.round) }),
    proven: slice.proven,
    unread: slice.unread,
    remaining: slice.remaining,
    reason: reasonOf(slice, folder),
    message: sentenceOf(slice, folder),
  };
  const found = withFolder({ ...rest, verification }, folder);
  const { restorePoint } = found;
  // A complete round read everything that a restore needs.
  return !unfinished && restorePoint
    ? { ...found, restorePoint: { ...restorePoint, verifiedTime: toTime(now) } }
    : found;
}

/** Nobody finished the run in time: what it has read stands in the store, and the next run goes on there. */
export function expireVerification(
  status: Status,
  { reason, message }: { reason: Reason; message: string },
  now: Date,
): Status {
  return settleVerification(status, { kind: 'held', reason, message }, now);
}

/** What a look at the folder changes in the record. What is damaged cannot be restored, so the restore point moves away from it. */
export function withFolder({ restorePoint, ...status }: Status, folder: FolderState): Status {
  const { damaged, damagedCount } = folder;
  const restorable = damagedCount > 0 ? folder.restorePoint : restorePoint;
  return {
    ...status,
    verification: {
      ...status.verification,
      chains: { whole: folder.whole, broken: folder.broken },
      damaged,
      damagedCount,
    },
    ...(restorable && { restorePoint: restorable }),
  };
}

function reasonOf({ remaining, unread, unreadable }: VerifiedSlice, { damagedCount }: FolderState): Reason {
  if (damagedCount > 0) return 'VerificationFailed';
  if (remaining > 0) return 'VerificationUnfinished';
  if (unreadable > 0) return 'UnreadableManifest';
  return unread > 0 ? 'NotFullyVerified' : 'Verified';
}

function sentenceOf({ proven, remaining, unread, unreadable, bytes }: VerifiedSlice, folder: FolderState): string {
  const [damaged] = folder.damaged;
  return [
    `${proven} ${proven === 1 ? 'artifact' : 'artifacts'} read back, ${formatBytes(bytes)} in this run`,
    ...(remaining > 0 ? [`${remaining} are left for the next one`] : []),
    ...(unread > 0 ? [`${unread} are too large for the time there was`] : []),
    ...(unreadable > 0 ? [`${unreadable} manifests cannot be read`] : []),
    ...(damaged ? [`${folder.damagedCount} damaged: ${damaged.message}`] : []),
  ].join('; ');
}
