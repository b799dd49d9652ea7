import type { ActiveRun, QueueName } from '@holdfast/types';
import { jobOf } from './deadlines.ts';
import { hasEnded, type BackupFacts, type JobFacts, type Observed } from './observed.ts';

/**
 * `due`: the slot has come and no run is recorded yet. `recorded`: waits for a place. `ready`: a worker should take it now. `parked`: waits for
 * its target, its store, credentials or the time of its next attempt. `running`: its Job, or a worker, is at it.
 */
export const queueStates = ['due', 'recorded', 'ready', 'parked', 'running'] as const;
export type QueueState = (typeof queueStates)[number];

/** Where a backup stands in line, as its object says it, whatever lies in Redis. */
export interface QueuePlace {
  readonly queue: QueueName;
  readonly state: QueueState;
  readonly since: Date;
}

/** Undefined for a backup with nothing to do. */
export function queuePlace({ backup, job }: Observed, now: Date): QueuePlace | undefined {
  const run = backup.status.activeRun;
  return run ? placeOf(run, job, now) : dueSlot(backup, now);
}

/** The next slot as the record has it: once it has passed, the watcher has not answered it yet. */
function dueSlot({ spec, status, deleting, foreign }: BackupFacts, now: Date): QueuePlace | undefined {
  if (!spec?.schedule || spec.suspend || deleting || foreign || !status.nextRunTime) return undefined;
  const since = new Date(status.nextRunTime);
  return since <= now ? { queue: 'backup', state: 'due', since } : undefined;
}

function placeOf(run: ActiveRun, job: JobFacts | undefined, now: Date): QueuePlace {
  const queue = queueOf(run);
  if (run.phase === 'Recorded') return { queue, state: 'recorded', since: new Date(run.recordedAt) };
  const own = run.kind === 'backup' ? jobOf(run, job) : undefined;
  if (own && hasEnded(own)) return { queue: 'verify', state: 'ready', since: own.endedAt ?? now };
  if (own) return { queue, state: 'running', since: own.createdAt };
  if (run.phase !== 'Admitted') {
    if (run.kind !== 'backup') return { queue, state: 'running', since: new Date(run.startedAt ?? run.recordedAt) };
    return { queue, state: 'ready', since: now }; // its Job is gone, and nobody knows since when
  }
  const { waitingFor } = run;
  if (waitingFor?.tryingSince) return { queue, state: 'ready', since: new Date(waitingFor.tryingSince) };
  if (waitingFor) return { queue, state: 'parked', since: new Date(waitingFor.since) };
  const admittedAt = new Date(run.admittedAt ?? run.recordedAt);
  const notBefore = run.notBefore ? new Date(run.notBefore) : admittedAt;
  if (notBefore > now) return { queue, state: 'parked', since: admittedAt };
  return { queue, state: 'ready', since: notBefore > admittedAt ? notBefore : admittedAt };
}

function queueOf({ kind }: ActiveRun): QueueName {
  if (kind === 'backup') return 'backup';
  return kind === 'verify' ? 'verify' : 'retention';
}
