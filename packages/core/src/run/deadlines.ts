import type { ActiveRun, EffectiveSpec, RunPhase } from '@holdfast/types';
import { nextSlot } from '../schedule.ts';
import { hasEnded, type JobFacts } from './observed.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long a run may wait to be admitted, and then to be started. */
export const waitingLimitMs = 24 * hour;
/** From a Job's creation until its pod must run. */
export const startLimitMs = 15 * minute;
/** From a Job's end until the run must be settled. */
export const verifyLimitMs = hour;
/** Kinds other than `backup`: for waiting, and again for working. */
export const otherKindsLimitMs = hour;
/** Between the agent's own deadline and the one that others enforce, so that the agent can end in good order. */
export const graceMs = minute;

/** Phase as the Job shows it: Running and Verifying are never written while a run goes well, they follow from the Job. */
export function presentPhase(run: ActiveRun, job: JobFacts | undefined): RunPhase {
  if (run.phase === 'Recorded' || !job || job.runId !== run.id || job.attempt !== run.attempt) return run.phase;
  if (hasEnded(job)) return 'Verifying';
  return job.state === 'Running' ? 'Running' : 'Starting';
}

/**
 * When the run's present phase ends by itself. Every phase has such a time, so no run can stay for good.
 * @param spec absent when the spec was edited into something that is refused; the usual limits hold then
 */
export function phaseDeadline(run: ActiveRun, job: JobFacts | undefined, spec: EffectiveSpec | undefined): Date {
  const phase = presentPhase(run, job);
  const recordedAt = new Date(run.recordedAt);
  if (run.kind !== 'backup') return later(run.startedAt ? new Date(run.startedAt) : recordedAt, otherKindsLimitMs);
  switch (phase) {
    case 'Recorded':
      return waitingDeadline(run, recordedAt, spec);
    case 'Admitted':
      return waitingDeadline(run, new Date(run.admittedAt ?? run.recordedAt), spec);
    case 'Starting':
      return later(job?.createdAt ?? new Date(run.startedAt ?? run.recordedAt), startLimitMs);
    case 'Running':
      return later(job?.startedAt ?? recordedAt, (spec?.options.deadlineMs ?? waitingLimitMs) + 2 * graceMs);
    case 'Verifying':
      return later(job?.endedAt ?? new Date(run.startedAt ?? run.recordedAt), verifyLimitMs);
  }
}

/** A slot's run that is still waiting when the next slot comes due makes room for it. */
function waitingDeadline(run: ActiveRun, since: Date, spec: EffectiveSpec | undefined): Date {
  const limit = later(since, waitingLimitMs);
  if (!run.slot || !spec?.schedule || run.attempt > 1) return limit;
  const next = nextSlot(spec.schedule, new Date(run.slot));
  return next && next < limit ? next : limit;
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
