import {
  isReason,
  type ActiveRun,
  type QueueName,
  type Reason,
  type Refusal,
  type RunStatus,
  type TriggersStatus,
} from '@holdfast/types';
import { toTime } from '../format/time.ts';
import { nextSlot, slotsBetween } from '../schedule.ts';
import { retentionCause } from '../retention/cause.ts';
import { lookAtTriggers } from '../triggers/look-at-triggers.ts';
import { tryEveryMs, turnAt, waitsForTurn } from './breaker.ts';
import { jobOf, pendingPatienceMs, phaseDeadline, startLimitMs } from './deadlines.ts';
import { expiryOf } from './expiry.ts';
import { hasEnded, type Observed } from './observed.ts';
import { kindOf, runId, type Cause } from './run-id.ts';
import { thawAt, thawCause } from '../archive/thaw-cause.ts';
import { verificationAt, verificationCause } from './verification-cause.ts';

/** What the watcher should do about one backup; `until` is when to look again if nothing happens. */
export type Intent =
  | { readonly kind: 'refuse'; readonly refusals: readonly Refusal[]; readonly reason: Reason }
  | {
      readonly kind: 'record';
      readonly run: ActiveRun;
      readonly missed: number;
      /** What triggers remember once this run answers one of them. */
      readonly seen?: TriggersStatus;
      readonly reason: Reason;
    }
  /** What triggers look at is written down, so that a difference can be seen later. */
  | { readonly kind: 'note'; readonly seen: TriggersStatus; readonly reason: Reason }
  | { readonly kind: 'admit'; readonly run: ActiveRun; readonly until: Date; readonly reason: Reason }
  | { readonly kind: 'ring'; readonly queue: QueueName; readonly until: Date; readonly reason: Reason }
  | {
      readonly kind: 'expire';
      readonly run: ActiveRun;
      readonly status: RunStatus;
      readonly message: string;
      readonly reason: Reason;
    }
  /** Slots that nobody will catch up: counted, and said. */
  | { readonly kind: 'miss'; readonly newest: Date; readonly count: number; readonly reason: Reason }
  /** The schedule starts anew from now, without firing what passed while it was suspended. */
  | { readonly kind: 'resume'; readonly from: Date; readonly reason: Reason }
  /** The object is marked so that its data can go with it, or is let go. */
  | { readonly kind: 'finalizer'; readonly keep: boolean; readonly reason: Reason }
  | {
      readonly kind: 'idle';
      readonly until?: Date;
      /** A phase that the record must not forget, because the Job may not show it any more at the next look. */
      readonly reached?: 'Running';
      readonly reason: Reason;
    };

/** Missed slots are counted up to this many; beyond, the count says "at least". */
const countedSlots = 100_000;

type Rule = (observed: Observed, now: Date) => Intent | undefined;

/** Asked in order; the first rule with an opinion wins. */
const rules: readonly Rule[] = [
  leaveForeignAlone, // two operators on one object would fight
  holdForItsData, // first of all: an object that is deleted before it is held goes without its data
  eraseDeleted, // a deletion ends whatever is under way
  idleWhenDeleting, // what belongs to it goes with it
  expireOverdueRun, // before anything else about a run: a stuck one must never block for good
  noteTriggers, // also while a run is under way, or what happens meanwhile would not be seen
  admitRecordedRun, // recorded, and perhaps there is a place now
  tryStoreAgain, // it was away; whose turn it is depends on everybody who waits for it
  ringForAdmittedRun, // just admitted, its Job ended, or the queue forgot it
  ringForPendingPod, // its pod does not start, or has started at last
  idleWhileRunActive, // one run at a time; its end is an event
  refuseBadSpec, // after the active run, which keeps the plan it began with
  resumeAfterSuspension, // before any slot is looked at
  startRequested, // a person outranks the schedule
  startTriggered, // what happens now does not wait for a slot that can be caught up
  startDueSlot, // only the newest missed slot is caught up
  startOneShot, // once per object
  startThaw, // short, and a person waits for it
  startRetention, // a due backup goes first: retention can wait, a slot cannot
  startVerification, // last: it may take an hour, and what it looks at does not run away
  waitForNextSlot,
];

/** One look at one backup → what to do. Pure: the same facts and time always give the same answer. */
export function decide(observed: Observed, now: Date): Intent {
  for (const rule of rules) {
    const intent = rule(observed, now);
    if (intent) return intent;
  }
  return { kind: 'idle', reason: 'NothingToDo' };
}

function leaveForeignAlone({ backup }: Observed): Intent | undefined {
  if (!backup.foreign) return undefined;
  const message = `the object carries another operator's finalizer, so Holdfast leaves it alone; remove that operator or use another name`;
  return {
    kind: 'refuse',
    reason: 'ManagedElsewhere',
    refusals: [{ reason: 'SpecInvalid', field: 'metadata.finalizers', message }],
  };
}

function holdForItsData({ backup }: Observed): Intent | undefined {
  const { spec, held = false, deleting } = backup;
  if (deleting || !spec || held === (spec.eraseOnDelete ?? false)) return undefined;
  return { kind: 'finalizer', keep: !held, reason: 'FinalizerChanged' };
}

function eraseDeleted({ backup, job }: Observed, now: Date): Intent | undefined {
  const { deleting, held, forceDelete, spec, status } = backup;
  if (!deleting || !held) return undefined;
  const letGo = (reason: Reason): Intent => ({ kind: 'finalizer', keep: false, reason });
  if (status.erase?.done) return letGo('DataErased');
  // Whoever changes his mind while it goes takes the wish back.
  if (forceDelete || (spec && !spec.eraseOnDelete)) return letGo('DataLeft');
  const run = status.activeRun;
  if (run) return endForErase(run, { backup, ...(job && { job }) }, now);
  const notBefore = status.erase?.notBefore;
  if (notBefore && new Date(notBefore) > now)
    return { kind: 'idle', until: new Date(notBefore), reason: 'EraseFailed' };
  const cause = `after ${status.erase?.lastRunTime ?? 'nothing'}`;
  return record(backup, { trigger: 'Erase', cause }, 'EraseDue', now);
}

/** Any other run is cancelled; that of the deletion itself goes its way. */
function endForErase(run: ActiveRun, observed: Observed, now: Date): Intent {
  const message = 'the object was deleted, and its data goes with it';
  if (run.kind !== 'erase') return { kind: 'expire', run, status: 'Cancelled', message, reason: 'Cancelled' };
  const until = phaseDeadline(run, undefined, observed.backup.spec);
  return (
    expireOverdueRun(observed, now) ??
    admitRecordedRun(observed) ?? { kind: 'ring', queue: 'retention', until, reason: 'EraseDue' }
  );
}

function idleWhenDeleting({ backup }: Observed): Intent | undefined {
  return backup.deleting ? { kind: 'idle', reason: 'Cancelled' } : undefined;
}

function expireOverdueRun({ backup, job }: Observed, now: Date): Intent | undefined {
  const run = backup.status.activeRun;
  if (!run || phaseDeadline(run, job, backup.spec) > now) return undefined;
  return { kind: 'expire', run, ...expiryOf(run, job) };
}

function noteTriggers({ backup, target }: Observed): Intent | undefined {
  if (!backup.spec) return undefined;
  const { noted } = lookAtTriggers({ backup, ...(target && { target }) });
  return noted && { kind: 'note', seen: noted, reason: 'TriggersNoted' };
}

function admitRecordedRun({ backup }: Observed): Intent | undefined {
  const run = backup.status.activeRun;
  if (run?.phase !== 'Recorded') return undefined;
  return { kind: 'admit', run, until: phaseDeadline(run, undefined, backup.spec), reason: 'WaitingForPlace' };
}

function tryStoreAgain({ backup, job }: Observed, now: Date): Intent | undefined {
  const run = backup.status.activeRun;
  if (!run || !waitsForTurn(run) || jobOf(run, job)) return undefined;
  const deadline = phaseDeadline(run, job, backup.spec).getTime();
  const readyAt = Math.max(turnAt(run), run.notBefore ? Date.parse(run.notBefore) : 0);
  const until = new Date(
    Math.min(deadline, readyAt > now.getTime() ? readyAt : now.getTime() + tryEveryMs(run.waitingFor?.reason)),
  );
  const reason = waitReason(run);
  return readyAt > now.getTime() ? { kind: 'idle', until, reason } : { kind: 'admit', run, until, reason };
}

function ringForAdmittedRun({ backup, job }: Observed, now: Date): Intent | undefined {
  const run = backup.status.activeRun;
  if (!run) return undefined;
  const deadline = phaseDeadline(run, job, backup.spec);
  const notBefore = run.notBefore ? new Date(run.notBefore) : undefined;
  if (notBefore && notBefore > now) return { kind: 'idle', until: notBefore, reason: 'RunActive' };
  if (run.kind === 'verify') return { kind: 'ring', queue: 'verify', until: deadline, reason: 'VerificationDue' };
  if (run.kind !== 'backup') {
    const reason = run.kind === 'thaw' ? 'ThawDue' : 'RetentionDue';
    return { kind: 'ring', queue: 'retention', until: deadline, reason };
  }
  const itsJob = jobOf(run, job);
  if (!itsJob) return { kind: 'ring', queue: 'backup', until: deadline, reason: whyNoJob(run) };
  if (hasEnded(itsJob)) return { kind: 'ring', queue: 'verify', until: deadline, reason: 'RunActive' };
  // The Job exists and the record does not know it yet: a worker died between the two.
  if (run.phase === 'Admitted') return { kind: 'ring', queue: 'backup', until: deadline, reason: 'RunActive' };
  return undefined;
}

function whyNoJob(run: ActiveRun): Reason {
  return run.phase === 'Admitted' ? waitReason(run) : 'JobLost';
}

function waitReason({ waitingFor }: ActiveRun): Reason {
  return waitingFor && isReason(waitingFor.reason) ? waitingFor.reason : 'JobNotCreated';
}

/** A pod says why it does not start only to those who ask, and what it waited for is over once it runs. */
function ringForPendingPod({ backup, job }: Observed, now: Date): Intent | undefined {
  const run = backup.status.activeRun;
  const itsJob = run && jobOf(run, job);
  if (run?.phase !== 'Starting' || !itsJob) return undefined;
  const until = phaseDeadline(run, itsJob, backup.spec);
  if (itsJob.state === 'Running')
    return run.waitingFor ? { kind: 'ring', queue: 'backup', until, reason: 'JobRunning' } : undefined;
  const askAt = new Date(itsJob.createdAt.getTime() + pendingPatienceMs);
  return askAt > now
    ? { kind: 'idle', until: askAt, reason: 'RunActive' }
    : { kind: 'ring', queue: 'backup', until, reason: 'PodPending' };
}

function idleWhileRunActive({ backup, job }: Observed, now: Date): Intent | undefined {
  const run = backup.status.activeRun;
  if (!run) return undefined;
  const until = phaseDeadline(run, job, backup.spec);
  if (run.phase !== 'Starting' || job?.state !== 'Running') return { kind: 'idle', until, reason: 'RunActive' };
  // Its pod may be replaced and be Pending again: what runs for longer than a start may take is written down as running.
  const startedBy = new Date(job.createdAt.getTime() + startLimitMs);
  if (startedBy > now) return { kind: 'idle', until: startedBy < until ? startedBy : until, reason: 'RunActive' };
  return { kind: 'idle', until, reached: 'Running', reason: 'RunActive' };
}

function refuseBadSpec({ backup }: Observed): Intent | undefined {
  const [first] = backup.refusals;
  return first && { kind: 'refuse', refusals: backup.refusals, reason: first.reason };
}

function resumeAfterSuspension({ backup }: Observed, now: Date): Intent | undefined {
  const wasSuspended = backup.status.phase === 'Suspended';
  if (!wasSuspended || !backup.spec || backup.spec.suspend) return undefined;
  return { kind: 'resume', from: now, reason: 'WaitingForSlot' };
}

function startRequested({ backup }: Observed, now: Date): Intent | undefined {
  const token = backup.requestToken;
  if (!token || backup.spec?.suspend || backup.status.lastRunTokens?.includes(token)) return undefined;
  return record(backup, { trigger: 'Request', token }, 'Requested', now);
}

function startTriggered({ backup, target }: Observed, now: Date): Intent | undefined {
  if (!backup.spec || backup.spec.suspend) return undefined;
  const [occasion] = lookAtTriggers({ backup, ...(target && { target }) }).occasions;
  if (!occasion) return undefined;
  const { trigger, subject, value, reason, seen } = occasion;
  const { on: event, backupType } = trigger;
  const intent = record(backup, { trigger: 'Event', on: event, subject, value }, reason, now);
  if (intent.kind !== 'record') return intent;
  return { ...intent, run: { ...intent.run, event, ...(backupType && { backupType }) }, seen };
}

function startDueSlot({ backup }: Observed, now: Date): Intent | undefined {
  const { spec, status, createdAt } = backup;
  if (!spec?.schedule || spec.suspend) return undefined;
  const answered = status.lastSlotTime ? new Date(status.lastSlotTime) : createdAt;
  const { newest, count } = slotsBetween(spec.schedule, answered, now, countedSlots);
  if (!newest) return undefined;
  const lateMs = now.getTime() - newest.getTime();
  if (lateMs > (spec.schedule.startingDeadlineMs ?? Number.POSITIVE_INFINITY)) {
    return { kind: 'miss', newest, count, reason: 'SlotSkipped' };
  }
  return record(
    backup,
    { trigger: 'Schedule', slot: newest },
    count > 1 ? 'SlotCaughtUp' : 'ScheduleDue',
    now,
    count - 1,
  );
}

function startOneShot({ backup }: Observed, now: Date): Intent | undefined {
  const { spec, status } = backup;
  if (!spec || spec.schedule || spec.suspend) return undefined;
  // Slots that were missed while the object still had a schedule are no runs.
  const hasRun = status.lastRunTime !== undefined || status.history?.some((entry) => entry.status !== 'Missed');
  return hasRun ? undefined : record(backup, { trigger: 'OneShot' }, 'OneShot', now);
}

function startThaw({ backup }: Observed, now: Date): Intent | undefined {
  const cause = thawCause(backup, now);
  return cause === undefined ? undefined : record(backup, { trigger: 'Thaw', cause }, 'ThawDue', now);
}

function startRetention({ backup }: Observed, now: Date): Intent | undefined {
  if (!backup.spec?.retention) return undefined;
  const due = retentionCause(backup.spec.retention, backup.status, now, backup.acknowledgedPlan);
  if (!due) return undefined;
  return record(backup, { trigger: 'Retention', cause: due }, 'RetentionDue', now);
}

function startVerification({ backup }: Observed, now: Date): Intent | undefined {
  const due = verificationCause(backup, now);
  if (!due) return undefined;
  const { cause, reason, ...told } = due;
  const intent = record(backup, { trigger: 'Verification', cause }, reason, now);
  return intent.kind === 'record' ? { ...intent, run: { ...intent.run, ...told } } : intent;
}

function waitForNextSlot({ backup }: Observed, now: Date): Intent | undefined {
  const { spec, status } = backup;
  const candidates = [
    spec?.schedule && !spec.suspend ? nextSlot(spec.schedule, now) : undefined,
    spec?.retention && status.retention?.nextExpiry ? new Date(status.retention.nextExpiry) : undefined,
    verificationAt(backup),
    thawAt(backup),
  ];
  const times = candidates.filter((time) => time !== undefined && time > now).map(Number);
  const until = times.length > 0 ? new Date(Math.min(...times)) : undefined;
  if (spec?.suspend) return { kind: 'idle', ...(until && { until }), reason: 'Suspended' };
  return until && { kind: 'idle', until, reason: 'WaitingForSlot' };
}

function record(backup: Observed['backup'], cause: Cause, reason: Reason, now: Date, missed = 0): Intent {
  const run: ActiveRun = {
    id: runId(cause, backup.uid),
    kind: kindOf(cause.trigger),
    trigger: cause.trigger,
    phase: 'Recorded',
    attempt: 1,
    recordedAt: toTime(now),
    ...(cause.trigger === 'Schedule' && { slot: toTime(cause.slot) }),
    ...(cause.trigger === 'Request' && { token: cause.token }),
    ...((cause.trigger === 'Retention' || cause.trigger === 'Thaw') && { token: cause.cause }),
  };
  return { kind: 'record', run, missed, reason };
}
