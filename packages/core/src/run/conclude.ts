import { isReason, type AgentResult, type Reason, type RunStatus } from '@holdfast/types';
import type { JobFacts } from './observed.ts';

/** How an attempt ended, or that it gets another one. */
export type Conclusion =
  | {
      readonly kind: 'settle';
      readonly status: Exclude<RunStatus, 'Missed' | 'Cancelled'>;
      readonly reason: Reason;
      readonly message: string;
      readonly result?: AgentResult;
    }
  | { readonly kind: 'retry'; readonly at: Date; readonly reason: Reason; readonly message: string };

export interface Evidence {
  readonly attempt: number;
  /** Further attempts that the spec allows after the first. */
  readonly retries: number;
  /** What the agent left; absent when nothing was found anywhere. */
  readonly result?: AgentResult;
  /** Absent when it is gone. */
  readonly job?: JobFacts;
  /** Kubernetes' own word for the end of the pod, such as `OOMKilled` or `Evicted`. */
  readonly podReason?: string;
  /** The store against the manifests; absent where only the agent could look. */
  readonly findings?: readonly { readonly reason: Reason; readonly message: string }[];
}

const firstBackOffMs = 60_000;
const longestBackOffMs = 30 * 60_000;

/**
 * Turns evidence into an end. Only a result whose manifests agree with the store is a success; a Job's own opinion of itself never is.
 */
export function conclude(evidence: Evidence, now: Date): Conclusion {
  const { result, findings = [], job, attempt } = evidence;
  // That an earlier attempt failed is why there is this one; it says nothing about how this one ended.
  if (!result || (result.outcome === 'Failed' && result.attempt < attempt)) return concludeWithoutResult(evidence, now);
  const [finding] = findings;
  if (result.outcome !== 'Failed' && finding) {
    return { kind: 'settle', status: 'Failed', reason: finding.reason, message: finding.message, result };
  }
  if (result.outcome === 'Succeeded') {
    return { kind: 'settle', status: 'Succeeded', reason: 'Succeeded', message: result.message, result };
  }
  // A missing database is looked for once more: it may only have been offline for a moment.
  if (result.outcome === 'PartiallySucceeded') {
    const reason = result.reason === 'VerificationFailed' ? 'VerificationFailed' : 'DatabaseMissing';
    const further = reason === 'VerificationFailed' ? evidence.retries : 1;
    if (attempt <= further) return retry(evidence, reason, result.message, now);
    return { kind: 'settle', status: 'PartiallySucceeded', reason, message: result.message, result };
  }
  const reason = job?.failure === 'DeadlineExceeded' ? 'DeadlineExceeded' : reasonOf(result);
  if (result.retry === 'retry' && attempt <= retriesFor(reason, evidence))
    return retry(evidence, reason, result.message, now);
  return { kind: 'settle', status: 'Failed', reason, message: result.message, result };
}

/** An agent of another version may know words that this one does not. */
function reasonOf({ reason }: AgentResult): Reason {
  return isReason(reason) ? reason : 'UnexpectedError';
}

function concludeWithoutResult(evidence: Evidence, now: Date): Conclusion {
  const { job, attempt, podReason } = evidence;
  if (job?.failure === 'DeadlineExceeded') {
    return {
      kind: 'settle',
      status: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'the Job was ended at its deadline and left no result; raise spec.options.deadline',
    };
  }
  if (!job) {
    const message =
      'the Job went away before its result was read, and the store holds no trace of it; set a new run token to try again';
    return { kind: 'settle', status: 'Failed', reason: 'EvidenceMissing', message };
  }
  const { reason, message } = silentEnd(podReason);
  return attempt <= retriesFor(reason, evidence)
    ? retry(evidence, reason, message, now)
    : { kind: 'settle', status: 'Failed', reason, message };
}

/** The same memory is too small a second time as well. */
function retriesFor(reason: Reason, { retries }: Evidence): number {
  return reason === 'OutOfMemory' ? Math.min(1, retries) : retries;
}

/** Words for a pod that its node lost or gave away. */
const disruptions: readonly (string | undefined)[] = [
  'Evicted',
  'NodeLost',
  'NodeShutdown',
  'Terminated',
  'Preempting',
];

/** @param podReason `reason` of a container's terminated state, or of a pod's status */
function silentEnd(podReason: string | undefined): { reason: Reason; message: string } {
  if (podReason === 'OOMKilled') {
    const message =
      'the pod was killed because it needed more memory than it may have; raise options.resources.limits.memory';
    return { reason: 'OutOfMemory', message };
  }
  if (disruptions.includes(podReason)) {
    const message = `the pod was taken from its node (${podReason ?? ''}) and left no result`;
    return { reason: 'PodDisrupted', message };
  }
  const said = podReason ? `; Kubernetes says ${podReason}` : '';
  const message = `the pod ended without a result, as it does when it is killed${said}; \`kubectl describe pod\` may still name why`;
  return { reason: 'EvidenceMissing', message };
}

/** Back-off doubles with each attempt, from one minute to half an hour. */
function retry({ attempt }: Evidence, reason: Reason, message: string, now: Date): Conclusion {
  const delay = Math.min(firstBackOffMs * 2 ** (attempt - 1), longestBackOffMs);
  return { kind: 'retry', at: new Date(now.getTime() + delay), reason, message };
}
