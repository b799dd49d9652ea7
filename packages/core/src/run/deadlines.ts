import { runPhases, type ActiveRun, type EffectiveSpec, type RunPhase } from '@holdfast/types';
import { nextSlot } from '../schedule.ts';
import { hasEnded, type JobFacts } from './observed.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long a run may wait to be admitted, and then to be started. */
export const waitingLimitMs = 24 * hour;
/** From a Job's creation until its pod must run. */
export const startLimitMs = 15 * minute;
/** From a Job's creation until somebody asks why its pod does not run. */
export const pendingPatienceMs = minute;
/** From a Job's end until the run must be settled. */
export const verifyLimitMs = hour;
/** Kinds other than `backup`: for waiting, and again for working. */
export const otherKindsLimitMs = hour;
/** How long a verification run reads; the rest of its hour is for what was begun. */
export const verifyingLimitMs = 50 * minute;
/** Between the agent's own deadline and the one that others enforce, so that the agent can end in good order. */
export const graceMs = minute;

/** The Job of the run's present attempt; a Job of another run or attempt says nothing about it. */
export function jobOf(run: ActiveRun, job: JobFacts | undefined): JobFacts | undefined {
  return job?.runId === run.id && job.attempt === run.attempt ? job : undefined;
}

/**
 * Phase as the Job shows it: Running and Verifying are seldom written, they follow from the Job. A phase never goes back: a pod that
 * is replaced after a disruption leaves its run Running. A Job that is gone leaves nothing to do but to look for what it made.
 */
export function presentPhase(run: ActiveRun, job: JobFacts | undefined): RunPhase {
  if (run.phase === 'Recorded') return 'Recorded';
  const own = jobOf(run, job);
  if (!own) return run.phase === 'Admitted' ? 'Admitted' : 'Verifying';
  if (hasEnded(own)) return 'Verifying';
  const shown: RunPhase = own.state === 'Running' ? 'Running' : 'Starting';
  return runPhases.indexOf(run.phase) > runPhases.indexOf(shown) ? run.phase : shown;
}

/**
 * When the run's present phase ends by itself. Every phase has such a time, so no run can stay for good.
 * @param spec absent when the spec was edited into something that is refused; the usual limits hold then
 */
export function phaseDeadline(run: ActiveRun, job: JobFacts | undefined, spec: EffectiveSpec | undefined): Date {
  const recordedAt = new Date(run.recordedAt);
  if (run.kind !== 'backup') return later(run.startedAt ? new Date(run.startedAt) : recordedAt, otherKindsLimitMs);
  const own = jobOf(run, job);
  const createdAt = own?.createdAt ?? (run.startedAt ? new Date(run.startedAt) : recordedAt);
  // The attempt keeps the deadline that its Job was made with, whatever became of the spec since.
  const runLimitMs = (own?.deadlineMs ?? (spec?.options.deadlineMs ?? waitingLimitMs) + graceMs) + graceMs;
  switch (presentPhase(run, job)) {
    case 'Recorded':
      return waitingDeadline(run, recordedAt, spec);
    case 'Admitted':
      return waitingDeadline(run, newer(new Date(run.admittedAt ?? run.recordedAt), run.notBefore), spec);
    case 'Starting':
      return later(createdAt, startLimitMs);
    case 'Running':
      return later(own?.startedAt ?? createdAt, runLimitMs);
    case 'Verifying': {
      // A Job that went away does not say when, and one that claims to end in the future is not believed.
      const latest = later(createdAt, startLimitMs + runLimitMs + verifyLimitMs);
      return own?.endedAt ? earlier(later(own.endedAt, verifyLimitMs), latest) : latest;
    }
  }
}

/** A slot's run that is still waiting when the next slot comes due makes room for it; an attempt that failed does not. */
function waitingDeadline(run: ActiveRun, since: Date, spec: EffectiveSpec | undefined): Date {
  const limit = later(since, waitingLimitMs);
  if (!run.slot || !spec?.schedule || run.attempt > 1) return limit;
  return earlier(nextSlot(spec.schedule, new Date(run.slot)), limit);
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function newer(at: Date, time: string | undefined): Date {
  return time && new Date(time) > at ? new Date(time) : at;
}
