import { isObject, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { AGE, NAME, pathColumn, textColumn } from './columns.ts';
import { ageOf } from './human-duration.ts';

/** What `kubectl get pods` shows; the STATUS word follows the containers, not only the phase. */
export const POD_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Ready', readyCount),
  textColumn('Status', podStatusWord),
  textColumn('Restarts', restarts),
  AGE,
  pathColumn('IP', ['status', 'podIP'], 'wide'),
  pathColumn('Node', ['spec', 'nodeName'], 'wide'),
  pathColumn('Nominated Node', ['status', 'nominatedNodeName'], 'wide'),
  textColumn('Readiness Gates', readinessGates, 'wide'),
];

function readyCount(pod: KubeObject): string {
  const ready = objectsAt(pod, 'status', 'containerStatuses').filter((status) => status['ready'] === true).length;
  return `${ready}/${objectsAt(pod, 'spec', 'containers').length}`;
}

/** The word of the STATUS column: `Init:0/1`, `ErrImagePull`, `Completed`, `Terminating`, … */
export function podStatusWord(pod: KubeObject): string {
  const base = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  const word = initWord(pod) ?? containerWord(pod) ?? base;
  if (pod.metadata.deletionTimestamp === undefined) return word;
  const isOver = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  return isOver ? word : 'Terminating';
}

function initWord(pod: KubeObject): string | undefined {
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  for (const [index, status] of statuses.entries()) {
    const terminated = objectAt(status, 'state')['terminated'];
    if (isObject(terminated) && numberAt(terminated, 'exitCode') === 0) continue;
    if (isObject(terminated)) return `Init:${terminatedWord(terminated)}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${objectsAt(pod, 'spec', 'initContainers').length}`;
  }
  return undefined;
}

function containerWord(pod: KubeObject): string | undefined {
  const statuses = objectsAt(pod, 'status', 'containerStatuses').toReversed();
  let word: string | undefined;
  for (const status of statuses) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = objectAt(status, 'state')['terminated'];
    if (waiting !== '') word = waiting;
    else if (isObject(terminated)) word = terminatedWord(terminated);
  }
  const isRunning = statuses.some(
    (status) => isObject(objectAt(status, 'state')['running']) && status['ready'] === true,
  );
  if (word === 'Completed' && isRunning) return 'Running';
  return word;
}

function terminatedWord(terminated: JsonObject): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal') ?? 0;
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}` : `Signal:${signal}`;
}

function restarts(pod: KubeObject, now: Date): string {
  const statuses = objectsAt(pod, 'status', 'containerStatuses');
  const count = statuses.reduce((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0);
  const last =
    statuses
      .map((status) => textAt(status, 'lastState', 'terminated', 'finishedAt'))
      .toSorted()
      .at(-1) ?? '';
  return count > 0 && last !== '' ? `${count} (${ageOf(last, now)} ago)` : String(count);
}

function readinessGates(pod: KubeObject): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  const conditions = objectsAt(pod, 'status', 'conditions');
  const met = gates.filter((gate) => conditions.some((each) => each['type'] === gate && each['status'] === 'True'));
  return gates.length === 0 ? '<none>' : `${met.length}/${gates.length}`;
}
