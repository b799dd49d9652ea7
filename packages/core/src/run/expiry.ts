import { annotations, type ActiveRun, type Reason, type RunPhase, type RunStatus } from '@holdfast/types';
import { presentPhase } from './deadlines.ts';
import type { JobFacts } from './observed.ts';

/** How a run ends that outlived the deadline of its phase. */
export interface Expiry {
  readonly status: RunStatus;
  readonly reason: Reason;
  /** One sentence with the remedy. */
  readonly message: string;
}

export function expiryOf(run: ActiveRun, job: JobFacts | undefined): Expiry {
  if (run.kind !== 'backup') {
    const message = `${run.kind} run ${run.id} did not end within an hour; look at its workers, it is tried again by itself`;
    return { status: 'Failed', reason: 'DeadlineExceeded', message };
  }
  return endings[presentPhase(run, job)](run);
}

const endings: Readonly<Record<RunPhase, (run: ActiveRun) => Expiry>> = {
  Recorded: neverStarted,
  Admitted: neverStarted,
  Starting: ({ waitingFor }) => ({
    status: 'Failed',
    reason: 'StartDeadlineExceeded',
    message: waitingFor
      ? `the pod did not run within 15 minutes of its Job: ${waitingFor.message}`
      : 'the pod did not run within 15 minutes of its Job; `kubectl describe pod` names what it waited for',
  }),
  Running: () => ({
    status: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'the run took longer than its deadline; raise spec.options.deadline or look for what slowed it in its log',
  }),
  Verifying: () => ({
    status: 'Failed',
    reason: 'EvidenceMissing',
    message: 'nobody could prove in time what the run left; look at the store and at the workers',
  }),
};

function neverStarted(run: ActiveRun): Expiry {
  const waited = run.waitingFor ? `: ${run.waitingFor.message}` : '';
  if (run.trigger === 'Schedule' && run.attempt === 1)
    return { status: 'Missed', reason: 'Superseded', message: `the run could not start before the next slot${waited}` };
  return {
    status: 'Failed',
    reason: 'DeadlineExceeded',
    message: `the run could not start within its waiting time${waited}; set a new ${annotations.run} token when the cause is gone`,
  };
}
