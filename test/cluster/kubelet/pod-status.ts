import type { PodFacts } from './environment.ts';
import { wholeSeconds } from './kube-time.ts';
import type { Condition, Container, ContainerState, ContainerStatus, Pod, PodStatus } from './pod-types.ts';

/** What the kubelet knows of one container. */
export interface ContainerRecord {
  readonly spec: Container;
  readonly init: boolean;
  state: ContainerState;
  lastState: ContainerState;
  restartCount: number;
  ready: boolean;
  started: boolean;
  /** The container has ended and is not started again. */
  done: boolean;
  /** `process://<mark>` of the latest run. */
  containerID: string;
}

/** A container before its first start. */
export function newRecord(spec: Container, init: boolean): ContainerRecord {
  const reason = init ? 'PodInitializing' : 'ContainerCreating';
  return {
    spec,
    init,
    state: { waiting: { reason } },
    lastState: {},
    restartCount: 0,
    ready: false,
    started: false,
    done: false,
    containerID: '',
  };
}

/** What overrules what the containers say, such as an eviction. */
export interface Verdict {
  readonly phase: 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** The status of a pod as its containers stand; conditions that others set are kept. */
export function podStatus(
  pod: Pod,
  records: readonly ContainerRecord[],
  facts: PodFacts,
  options: { startTime: Date; now: Date; verdict?: Verdict; stopped: boolean },
): PodStatus {
  const inits = records.filter(({ init }) => init);
  const mains = records.filter(({ init }) => !init);
  const initialized = inits.every(({ state }) => state.terminated?.exitCode === 0);
  const phase = options.verdict?.phase ?? phaseOf(inits, mains, initialized, options.stopped);
  const over = phase === 'Succeeded' || phase === 'Failed';
  const ready = !over && initialized && mains.every((record) => record.ready);
  const why = over
    ? { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : { reason: 'ContainersNotReady' };
  return {
    phase,
    ...(options.verdict && { reason: options.verdict.reason, message: options.verdict.message }),
    hostIP: facts.hostIP,
    podIP: facts.podIP,
    startTime: wholeSeconds(options.startTime),
    conditions: mergeConditions(pod.status?.conditions ?? [], options.now, [
      condition('PodScheduled', true),
      condition('Initialized', initialized, { reason: 'ContainersNotInitialized' }),
      condition('ContainersReady', ready, why),
      condition('Ready', ready, why),
    ]),
    ...(inits.length > 0 && { initContainerStatuses: inits.map(statusOf) }),
    containerStatuses: mains.map(statusOf),
  };
}

/** Adds conditions to those that are there; the transition time moves only when the value changes. */
export function mergeConditions(present: readonly Condition[], now: Date, ours: readonly Condition[]): Condition[] {
  const merged = new Map(present.map((each) => [each.type, each]));
  for (const each of ours) {
    const before = merged.get(each.type);
    const same = before?.status === each.status && before.lastTransitionTime;
    merged.set(each.type, {
      ...each,
      lastTransitionTime: same ? before.lastTransitionTime : wholeSeconds(now),
    } as Condition);
  }
  return [...merged.values()];
}

function phaseOf(
  inits: readonly ContainerRecord[],
  mains: readonly ContainerRecord[],
  initialized: boolean,
  stopped: boolean,
): NonNullable<PodStatus['phase']> {
  if (inits.some(({ done, state }) => done && state.terminated?.exitCode !== 0)) return 'Failed';
  if (!stopped && !initialized) return 'Pending';
  if (!stopped && !mains.every(({ done }) => done)) {
    return mains.some(({ state, restartCount }) => !state.waiting || restartCount > 0) ? 'Running' : 'Pending';
  }
  return mains.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function condition(type: string, holds: boolean, otherwise?: { reason: string }): Condition {
  return { type, status: holds ? 'True' : 'False', ...(!holds && otherwise) };
}

function statusOf(record: ContainerRecord): ContainerStatus {
  return {
    name: record.spec.name,
    image: record.spec.image,
    imageID: `folder://${record.spec.image}`,
    ready: record.init ? record.state.terminated?.exitCode === 0 : record.ready,
    started: record.started,
    restartCount: record.restartCount,
    state: record.state,
    lastState: record.lastState,
    ...(record.containerID && { containerID: record.containerID }),
  };
}
