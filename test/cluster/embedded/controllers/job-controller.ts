import type { Api } from '../api.ts';
import { clone, ensureObject, isObject, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { timestamp } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Change } from '../store.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { keyOf, splitKey } from './controller.ts';
import type { Controller } from './controller.ts';
import { hasCondition, isFinished, isSuspended, nextStep } from './job-progress.ts';
import type { JobPods, JobStep } from './job-progress.ts';
import { podOutcome } from './pod-outcome.ts';
import type { PodOutcome } from './pod-outcome.ts';
import { recordEvent } from './record-event.ts';

const JOBS = 'jobs.batch';

/** How one pod of a Job ended. */
interface Ending {
  readonly outcome: PodOutcome;
  readonly at: Date;
}

/** Runs Jobs: pods, retries, deadlines, failure policies and status, as the real controller does for NonIndexed Jobs. */
export class JobController implements Controller {
  readonly name = 'jobs';
  readonly #api: Api;
  /** By Job uid and pod uid. A pod counts once, also after its object is gone. */
  readonly #endings = new Map<string, Map<string, Ending>>();
  /** Jobs that wait for a moment. */
  readonly #alarms = new Map<string, Date>();

  constructor(api: Api) {
    this.#api = api;
  }

  keysFor({ shelf, type, object }: Change): readonly string[] {
    const { namespace, name, uid = '' } = object.metadata;
    if (shelf === JOBS) {
      if (type === 'DELETED') this.#forget(uid, keyOf(namespace, name));
      return [keyOf(namespace, name)];
    }
    if (shelf !== 'pods') return [];
    const owner = controllerOf(object);
    if (owner?.kind !== 'Job') return [];
    this.#noteEnding(object, type === 'DELETED', owner);
    return [keyOf(namespace, owner.name)];
  }

  due(now: Date): readonly string[] {
    return [...this.#alarms].filter(([, moment]) => moment <= now).map(([key]) => key);
  }

  look(key: string): void {
    this.#alarms.delete(key);
    const [namespace, name] = splitKey(key);
    const job = this.#api.store.get(JOBS, namespace, name);
    if (!job) return;
    if (isFinished(job)) this.#expire(key, job);
    else if (job.metadata.deletionTimestamp === undefined) this.#advance(key, job);
    else this.#project(job, this.#pods(job), () => undefined);
  }

  #forget(uid: string, key: string): void {
    this.#endings.delete(uid);
    this.#alarms.delete(key);
  }

  /** The outcome is decided when the end is seen: later the pod may be gone. */
  #noteEnding(pod: KubeObject, isRemoved: boolean, owner: { readonly name: string; readonly uid: string }): void {
    const job = this.#api.store.get(JOBS, pod.metadata.namespace ?? '', owner.name);
    if (job?.metadata.uid !== owner.uid) return;
    const endings = this.#endings.get(owner.uid) ?? new Map<string, Ending>();
    this.#endings.set(owner.uid, endings);
    const uid = pod.metadata.uid ?? '';
    if (endings.has(uid)) return;
    const isOurDoing =
      isSuspended(job) || hasCondition(job, 'SuccessCriteriaMet') || hasCondition(job, 'FailureTarget');
    const outcome = podOutcome(job, pod, isRemoved);
    if (!outcome) return;
    const counts = outcome.kind === 'succeeded' || !isOurDoing || textAt(pod, 'status', 'phase') === 'Failed';
    endings.set(uid, {
      outcome: counts && !isSuspended(job) ? outcome : endedBySuspension(outcome),
      at: this.#api.now(),
    });
  }

  #pods(job: KubeObject): JobPods & { readonly ready: number } {
    const endings = this.#endings.get(job.metadata.uid ?? '') ?? new Map<string, Ending>();
    const own = this.#api.store
      .list('pods', job.metadata.namespace)
      .filter((pod) => controllerOf(pod)?.uid === job.metadata.uid);
    const open = own.filter((pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')));
    const active = open.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const failedAt = [...endings.values()]
      .filter(({ outcome }) => outcome.kind === 'failed')
      .map((ending) => ending.at.getTime());
    return {
      active,
      terminating: open.filter((pod) => pod.metadata.deletionTimestamp !== undefined),
      outcomes: [...endings.values()].map(({ outcome }) => outcome),
      ready: active.filter(isReady).length,
      ...(failedAt.length > 0 ? { lastFailureAt: new Date(Math.max(...failedAt)) } : {}),
    };
  }

  #advance(key: string, given: KubeObject): void {
    const job = this.#started(given);
    const pods = this.#pods(job);
    if (hasCondition(job, 'FailureTarget') || hasCondition(job, 'SuccessCriteriaMet')) {
      this.#finish(job, pods);
      return;
    }
    const step = nextStep(job, pods, this.#api.now());
    this.#carryOut(job, pods, step);
    if (step.kind === 'wait' && step.until) this.#alarms.set(key, step.until);
    this.#setDeadlineAlarm(key, job);
  }

  /** The start counts from the first look at a Job that is not suspended. */
  #started(job: KubeObject): KubeObject {
    if (isSuspended(job) || textAt(job, 'status', 'startTime') !== '') return job;
    return this.#write(job, (status) => {
      status['startTime'] = timestamp(this.#api.now());
    });
  }

  #setDeadlineAlarm(key: string, job: KubeObject): void {
    const seconds = numberAt(job, 'spec', 'activeDeadlineSeconds');
    const start = Date.parse(textAt(job, 'status', 'startTime'));
    if (seconds === undefined || Number.isNaN(start) || isSuspended(job)) return;
    const deadline = new Date(start + seconds * 1000);
    const other = this.#alarms.get(key);
    this.#alarms.set(key, other && other < deadline ? other : deadline);
  }

  #carryOut(job: KubeObject, pods: JobPods & { readonly ready: number }, step: JobStep): void {
    switch (step.kind) {
      case 'create':
        for (let index = 0; index < step.count; index += 1) this.#createPod(job);
        return this.#projectNow(job);
      case 'shrink':
        this.#deletePods(job, pods.active.slice(0, step.count));
        return this.#projectNow(job);
      case 'suspend':
        return this.#suspend(job, pods);
      case 'fail':
        return this.#target(job, pods, { type: 'FailureTarget', reason: step.reason, message: step.message });
      case 'complete':
        return this.#target(job, pods, {
          type: 'SuccessCriteriaMet',
          reason: 'CompletionsReached',
          message: 'Reached expected number of succeeded pods',
        });
      case 'wait':
        return this.#project(job, pods, (status) => resume(status, this.#api.now()));
    }
  }

  #createPod(job: KubeObject): void {
    const { namespace = '', name, uid = '' } = job.metadata;
    const template = objectAt(job, 'spec', 'template');
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true };
    const { labels, annotations } = objectAt(template, 'metadata');
    const pod = createObject(this.#api, this.#api.registry.builtIn('pods'), namespace, {
      metadata: {
        generateName: `${name}-`,
        ownerReferences: [owner],
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
      },
      spec: objectAt(template, 'spec'),
    });
    this.#tell(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  }

  #deletePods(job: KubeObject, pods: readonly KubeObject[]): void {
    for (const { metadata } of pods) {
      deleteObject(this.#api, this.#api.registry.builtIn('pods'), metadata.namespace ?? '', metadata.name, {
        propagationPolicy: 'Background',
      });
      this.#tell(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
    }
  }

  #suspend(job: KubeObject, pods: JobPods): void {
    this.#deletePods(job, pods.active);
    const wasSuspended = hasCondition(job, 'Suspended');
    this.#project(job, this.#pods(job), (status) => {
      delete status['startTime'];
      const condition = { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' };
      if (!wasSuspended) addCondition(status, condition, this.#api.now());
    });
    if (!wasSuspended) this.#tell(job, 'Normal', 'Suspended', 'Job suspended');
  }

  /** Says how the Job will end; the final condition follows when no pod runs any more. */
  #target(job: KubeObject, pods: JobPods, condition: Verdict): void {
    const targeted = this.#write(job, (status) => addCondition(status, condition, this.#api.now()));
    this.#deletePods(targeted, pods.active);
    this.#finish(targeted, this.#pods(targeted));
  }

  #finish(job: KubeObject, pods: JobPods & { readonly ready: number }): void {
    if (pods.active.length > 0 && !hasCondition(job, 'Complete')) this.#deletePods(job, pods.active);
    const left = this.#pods(job);
    if (left.active.length + left.terminating.length > 0) return this.#project(job, left, () => undefined);
    const target = objectsAt(job, 'status', 'conditions').find(
      ({ type }) => type === 'FailureTarget' || type === 'SuccessCriteriaMet',
    );
    const isFailure = target?.['type'] === 'FailureTarget';
    const verdict = {
      type: isFailure ? 'Failed' : 'Complete',
      reason: textAt(target, 'reason'),
      message: textAt(target, 'message'),
    };
    this.#project(job, left, (status) => {
      if (!isFailure) status['completionTime'] = timestamp(this.#api.now());
      addCondition(status, verdict, this.#api.now());
    });
    if (isFailure) this.#tell(job, 'Warning', verdict.reason, verdict.message);
    else this.#tell(job, 'Normal', 'Completed', 'Job completed');
    this.#expireSoon(job);
  }

  #expireSoon(job: KubeObject): void {
    const current = this.#api.store.get(JOBS, job.metadata.namespace ?? '', job.metadata.name);
    if (current) this.#expire(keyOf(current.metadata.namespace, current.metadata.name), current);
  }

  /** `ttlSecondsAfterFinished` removes a finished Job with its pods. */
  #expire(key: string, job: KubeObject): void {
    const seconds = numberAt(job, 'spec', 'ttlSecondsAfterFinished');
    if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const finished = objectsAt(job, 'status', 'conditions').find(
      ({ type }) => type === 'Complete' || type === 'Failed',
    );
    const end = new Date(Date.parse(textAt(finished, 'lastTransitionTime')) + seconds * 1000);
    if (end > this.#api.now()) this.#alarms.set(key, end);
    else {
      const { namespace = '', name, uid = '' } = job.metadata;
      deleteObject(this.#api, this.#api.registry.builtIn(JOBS), namespace, name, {
        propagationPolicy: 'Foreground',
        preconditions: { uid },
      });
    }
  }

  #projectNow(job: KubeObject): void {
    this.#project(job, this.#pods(job), (status) => resume(status, this.#api.now()));
  }

  /** Writes the counts, and what else a step has to say. */
  #project(job: KubeObject, pods: JobPods & { readonly ready: number }, change: (status: JsonObject) => void): void {
    this.#write(job, (status) => {
      const count = (kind: PodOutcome['kind']): number =>
        pods.outcomes.filter((outcome) => outcome.kind === kind).length;
      setCount(status, 'active', pods.active.length);
      setCount(status, 'succeeded', count('succeeded'));
      setCount(status, 'failed', count('failed') + count('failJob'));
      status['ready'] = pods.ready;
      status['terminating'] = pods.terminating.length;
      status['uncountedTerminatedPods'] = {};
      change(status);
    });
  }

  #write(job: KubeObject, change: (status: JsonObject) => void): KubeObject {
    const current = this.#api.store.get(JOBS, job.metadata.namespace ?? '', job.metadata.name);
    if (current?.metadata.uid !== job.metadata.uid || !current) return job;
    const next = clone(current);
    change(ensureObject(next, 'status'));
    return this.#api.store.put(JOBS, next);
  }

  #tell(job: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    recordEvent(this.#api, 'job-controller', job, { type, reason, message });
  }
}

interface Verdict {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly name: string; readonly uid: string } | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Pods that we took away while the Job was paused or ending are neither successes nor failures. */
function endedBySuspension(outcome: PodOutcome): PodOutcome {
  return outcome.kind === 'succeeded' ? outcome : { kind: 'ignored' };
}

function isReady(pod: KubeObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] === 'True');
}

function setCount(status: JsonObject, name: string, count: number): void {
  if (count > 0) status[name] = count;
  else delete status[name];
}

function addCondition(status: JsonObject, { type, reason, message }: Verdict, now: Date, value = 'True'): void {
  const moment = timestamp(now);
  const others: Json[] = objectsAt(status, 'conditions').filter((each) => each['type'] !== type);
  status['conditions'] = [
    ...others,
    { type, status: value, lastProbeTime: moment, lastTransitionTime: moment, reason, message },
  ];
}

/** A Job that runs again says that it is no longer paused. */
function resume(status: JsonObject, now: Date): void {
  const paused = objectsAt(status, 'conditions').find(
    (each) => each['type'] === 'Suspended' && each['status'] === 'True',
  );
  if (isObject(paused))
    addCondition(status, { type: 'Suspended', reason: 'JobResumed', message: 'Job resumed' }, now, 'False');
}
