import type { ActiveRun, Reason } from '@holdfast/types';
import { waitsForTurn } from './breaker.ts';
import { jobOf, pendingPatienceMs } from './deadlines.ts';
import { hasEnded, type JobFacts, type Observed } from './observed.ts';

/** The next step of a run, as a worker takes it. Every step may be repeated. */
export type Step =
  /** Resolve the target, check the store, make what the Job needs, and the Job. */
  | { readonly kind: 'start' }
  /** The Job exists and the record does not say so. */
  | { readonly kind: 'noteJob'; readonly job: JobFacts }
  /** A finished Job of an earlier run or attempt is in the way. */
  | { readonly kind: 'removeJob'; readonly job: JobFacts }
  /** The Job's pod does not start: somebody has to ask why. */
  | { readonly kind: 'askPod'; readonly job: JobFacts }
  | { readonly kind: 'readResult'; readonly job: JobFacts }
  /** The record knows a Job that is no longer there: only the store can tell what it did. */
  | { readonly kind: 'lookForEvidence' }
  /** A run of kind `verify`: read on. */
  | { readonly kind: 'verify' }
  | { readonly kind: 'again'; readonly at: Date; readonly reason: Reason }
  | { readonly kind: 'done'; readonly reason: Reason };

/** How soon to look again at something that should go away by itself; its end is also an event. */
const lookAgainMs = 5_000;

/** One look at a run of kind `backup` or `verify` → its next step. */
export function advance({ backup, job }: Observed, now: Date): Step {
  const run = backup.status.activeRun;
  if (!run || backup.deleting) return { kind: 'done', reason: 'NothingToDo' };
  if (run.kind !== 'backup' && run.kind !== 'verify') return { kind: 'done', reason: 'NothingToDo' };
  if (run.phase === 'Recorded') return { kind: 'done', reason: 'WaitingForPlace' };
  if (run.kind === 'verify') return { kind: 'verify' };
  // The watcher says when: a ring that was forgotten in the queue is not its turn.
  if (waitsForTurn(run) && !jobOf(run, job)) return { kind: 'done', reason: 'StorageNotReady' };
  if (run.notBefore && new Date(run.notBefore) > now)
    return { kind: 'again', at: new Date(run.notBefore), reason: 'RunActive' };
  const own = jobOf(run, job);
  if (own) return stepWithJob(own, run, now);
  if (run.phase !== 'Admitted') return { kind: 'lookForEvidence' };
  if (!job) return { kind: 'start' };
  return stepAroundPredecessor(job, backup.uid, now);
}

function stepWithJob(job: JobFacts, { phase, waitingFor }: ActiveRun, now: Date): Step {
  if (hasEnded(job)) return { kind: 'readResult', job };
  // Someone deletes it, and its pod may still be writing down what it made: nothing is concluded before it is gone.
  if (job.deleting) return { kind: 'again', at: new Date(now.getTime() + lookAgainMs), reason: 'JobLost' };
  if (phase === 'Starting' && job.state === 'Pending' && now.getTime() >= job.createdAt.getTime() + pendingPatienceMs)
    return { kind: 'askPod', job };
  // Noted once more when its pod runs at last: what it waited for is over.
  const isOver = phase === 'Starting' && waitingFor !== undefined && job.state === 'Running';
  return phase === 'Admitted' || isOver ? { kind: 'noteJob', job } : { kind: 'done', reason: 'JobRunning' };
}

/**
 * Another Job has our name. A running one of an earlier run still writes into the folder, so we wait; one that is not ours is never
 * touched (`start` meets it again and says so).
 */
function stepAroundPredecessor(job: JobFacts, backupUid: string, now: Date): Step {
  const wait: Step = { kind: 'again', at: new Date(now.getTime() + lookAgainMs), reason: 'PredecessorRunning' };
  if (job.backupUid === undefined) return { kind: 'start' };
  if (job.deleting) return wait;
  // The Job of a deleted object of the same name: its owner is gone, so nobody waits for its result.
  if (job.backupUid !== backupUid || hasEnded(job)) return { kind: 'removeJob', job };
  return wait;
}
