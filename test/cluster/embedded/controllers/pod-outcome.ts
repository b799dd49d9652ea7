import { at, numberAt, objectsAt, textAt } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';

/** What the end of a pod means to its Job. */
export type PodOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' }
  /** Ended by a disruption the Job's policy forgives: replaced, and not counted. */
  | { readonly kind: 'ignored' }
  /** The Job's policy gives up. */
  | { readonly kind: 'failJob'; readonly message: string };

/** How a pod ended, or `undefined` while that is open. `isRemoved`: the pod object is gone. */
export function podOutcome(job: KubeObject, pod: KubeObject, isRemoved: boolean): PodOutcome | undefined {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded') return { kind: 'succeeded' };
  if (phase === 'Failed' || isRemoved) return byPolicy(job, pod);
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  // With the default replacement policy a pod counts as failed when it starts to terminate.
  const waitsForEnd = at(job, 'spec', 'podReplacementPolicy') === 'Failed';
  return isLeaving && !waitsForEnd ? byPolicy(job, pod) : undefined;
}

function byPolicy(job: KubeObject, pod: KubeObject): PodOutcome {
  const rules = objectsAt(job, 'spec', 'podFailurePolicy', 'rules');
  for (const [index, rule] of rules.entries()) {
    const match = matchConditions(rule, pod) ?? matchExitCodes(rule, pod);
    if (match === undefined) continue;
    switch (textAt(rule, 'action')) {
      case 'Ignore':
        return { kind: 'ignored' };
      case 'FailJob':
        return { kind: 'failJob', message: `${match} matching FailJob rule at index ${index}` };
      default:
        return { kind: 'failed' };
    }
  }
  return { kind: 'failed' };
}

function matchConditions(rule: JsonObject, pod: KubeObject): string | undefined {
  for (const pattern of objectsAt(rule, 'onPodConditions')) {
    const status = textAt(pattern, 'status') || 'True';
    const found = objectsAt(pod, 'status', 'conditions').some(
      (each) => each['type'] === pattern['type'] && each['status'] === status,
    );
    if (found) return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${textAt(pattern, 'type')}`;
  }
  return undefined;
}

function matchExitCodes(rule: JsonObject, pod: KubeObject): string | undefined {
  const wanted = at(rule, 'onExitCodes');
  if (wanted === undefined) return undefined;
  const only = textAt(wanted, 'containerName');
  for (const status of [
    ...objectsAt(pod, 'status', 'containerStatuses'),
    ...objectsAt(pod, 'status', 'initContainerStatuses'),
  ]) {
    const code = numberAt(status, 'state', 'terminated', 'exitCode') ?? 0;
    if (code === 0 || (only !== '' && status['name'] !== only)) continue;
    if (!inValues(at(wanted, 'values'), code, textAt(wanted, 'operator'))) continue;
    const { namespace, name } = pod.metadata;
    return `Container ${textAt(status, 'name')} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  return undefined;
}

function inValues(values: Json | undefined, code: number, operator: string): boolean {
  const listed = Array.isArray(values) && values.includes(code);
  return operator === 'NotIn' ? !listed : listed;
}
