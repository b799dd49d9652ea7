import { numberAt, objectsAt, textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { PodOutcome } from './pod-outcome.ts';

/** What is known of a Job's pods. */
export interface JobPods {
  /** Pods that have not ended and are not leaving. */
  readonly active: readonly KubeObject[];
  /** Pods that are leaving and have not ended. */
  readonly terminating: readonly KubeObject[];
  /** How each pod that ever ended did so. */
  readonly outcomes: readonly PodOutcome[];
  /** When the newest failed pod ended. */
  readonly lastFailureAt?: Date;
}

/** What a Job needs next. */
export type JobStep =
  | { readonly kind: 'suspend' }
  | { readonly kind: 'fail'; readonly reason: string; readonly message: string }
  | { readonly kind: 'complete' }
  | { readonly kind: 'create'; readonly count: number }
  | { readonly kind: 'shrink'; readonly count: number }
  | { readonly kind: 'wait'; readonly until?: Date };

const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** Decides a running Job's next step. Rules stand in the real controller's order. */
export function nextStep(job: KubeObject, pods: JobPods, now: Date): JobStep {
  const given = pods.outcomes.find((outcome) => outcome.kind === 'failJob');
  if (given) return { kind: 'fail', reason: 'PodFailurePolicy', message: given.message };
  if (failures(pods) > backoffLimit(job)) {
    return { kind: 'fail', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const deadline = deadlineOf(job);
  if (deadline && deadline <= now) {
    return { kind: 'fail', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  if (isDone(job, pods)) return { kind: 'complete' };
  if (isSuspended(job)) return { kind: 'suspend' };
  return scale(job, pods, now, deadline);
}

/** When `activeDeadlineSeconds` ends the Job. */
function deadlineOf(job: KubeObject): Date | undefined {
  const seconds = numberAt(job, 'spec', 'activeDeadlineSeconds');
  const start = textAt(job, 'status', 'startTime');
  if (seconds === undefined || start === '' || isSuspended(job)) return undefined;
  return new Date(Date.parse(start) + seconds * 1000);
}

/** True when a person (or a queue) asked the Job to pause. */
export function isSuspended(job: KubeObject): boolean {
  const spec = job['spec'];
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) && spec['suspend'] === true;
}

/** True when the Job has its final condition. */
export function isFinished(job: KubeObject): boolean {
  return hasCondition(job, 'Complete') || hasCondition(job, 'Failed');
}

/** True when the condition is there and true. */
export function hasCondition(job: KubeObject, type: string): boolean {
  return objectsAt(job, 'status', 'conditions').some((each) => each['type'] === type && each['status'] === 'True');
}

function backoffLimit(job: KubeObject): number {
  return numberAt(job, 'spec', 'backoffLimit') ?? 6;
}

function failures(pods: JobPods): number {
  return pods.outcomes.filter(({ kind }) => kind === 'failed').length;
}

function successes(pods: JobPods): number {
  return pods.outcomes.filter(({ kind }) => kind === 'succeeded').length;
}

/** Without `completions`, one success is enough once nothing runs any more. */
function isDone(job: KubeObject, pods: JobPods): boolean {
  const wanted = numberAt(job, 'spec', 'completions');
  if (wanted === undefined) return successes(pods) > 0 && pods.active.length === 0;
  return successes(pods) >= wanted;
}

function scale(job: KubeObject, pods: JobPods, now: Date, deadline: Date | undefined): JobStep {
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  const wanted = numberAt(job, 'spec', 'completions');
  const needed =
    wanted === undefined ? (successes(pods) > 0 ? pods.active.length : parallelism) : wanted - successes(pods);
  // With podReplacementPolicy Failed a leaving pod still holds its place.
  const holding = textAt(job, 'spec', 'podReplacementPolicy') === 'Failed' ? pods.terminating.length : 0;
  const missing = Math.min(parallelism, needed) - pods.active.length - holding;
  if (missing < 0 && pods.active.length > parallelism)
    return { kind: 'shrink', count: pods.active.length - parallelism };
  if (missing <= 0) return waitUntil(deadline);
  const ready = backoffEnd(pods);
  if (ready && ready > now) return waitUntil(deadline && deadline < ready ? deadline : ready);
  return { kind: 'create', count: missing };
}

function backoffEnd(pods: JobPods): Date | undefined {
  if (!pods.lastFailureAt) return undefined;
  const wait = Math.min(FIRST_BACKOFF_MS * 2 ** (failures(pods) - 1), LONGEST_BACKOFF_MS);
  return new Date(pods.lastFailureAt.getTime() + wait);
}

function waitUntil(until: Date | undefined): JobStep {
  return until ? { kind: 'wait', until } : { kind: 'wait' };
}
