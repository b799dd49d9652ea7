import type { Condition, ServerPod, Status, Target } from './objects.ts';
import { imageOf, serversOf, type ServerPlan } from './server-plan.ts';

/** What to do to a target's pods. */
export type Step =
  | { readonly kind: 'create'; readonly server: ServerPlan }
  | { readonly kind: 'delete'; readonly pod: ServerPod; readonly because: 'surplus' | 'ended' | 'foreign' | 'image' };

/**
 * Steps from the pods there are to the pods there should be. A new image reaches the servers one at a time, the last
 * first, each only while all others are ready.
 */
export function decide(target: Target, pods: readonly ServerPod[]): Step[] {
  const servers = serversOf(target);
  const steps: Step[] = servers
    .filter(({ name }) => !pods.some((pod) => pod.metadata.name === name))
    .map((server) => ({ kind: 'create', server }));
  for (const pod of pods) {
    const because = reasonToGo(pod, target, servers);
    if (because && !pod.metadata.deletionTimestamp) steps.push({ kind: 'delete', pod, because });
  }
  if (steps.length > 0 || !pods.every(isReady)) return steps;
  const outdated = pods.filter((pod) => pod.spec.containers[0]?.image !== imageOf(target));
  const next = outdated.toSorted((a, b) => indexOf(b, servers) - indexOf(a, servers))[0];
  return next ? [{ kind: 'delete', pod: next, because: 'image' }] : [];
}

/** Whether a pod serves. */
export function isReady({ metadata, status }: ServerPod): boolean {
  if (metadata.deletionTimestamp) return false;
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/** The status of a target with these pods. Transition times stay as long as the condition does. */
export function targetStatus(target: Target, pods: readonly ServerPod[], now: Date): Status {
  const servers = serversOf(target);
  const ready = servers.filter(({ name }) => pods.some((pod) => pod.metadata.name === name && isReady(pod))).length;
  const outdated = pods.some((pod) => pod.spec.containers[0]?.image !== imageOf(target));
  const all = ready === servers.length && !outdated;
  const message = `${ready} of ${servers.length} stand-in servers are ready`;
  const phase = all ? 'Ready' : outdated ? 'Upgrading' : waitingPhase(target, pods);
  const reason = all ? 'ServersReady' : outdated ? 'Upgrading' : 'WaitingForServers';
  return withReady(target, { phase, message }, { ready: all, reason }, now);
}

/** A status with its one condition `Ready`. */
export function withReady(
  { metadata, status }: Pick<Target, 'metadata' | 'status'>,
  { phase, message }: Pick<Status, 'phase' | 'message'>,
  { ready, reason }: { ready: boolean; reason: string },
  now: Date,
): Status {
  const before = status?.conditions?.find(({ type }) => type === 'Ready');
  const value = ready ? 'True' : 'False';
  const generation = metadata.generation === undefined ? {} : { observedGeneration: metadata.generation };
  const lastTransitionTime =
    before?.status === value ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
  const condition: Condition = { type: 'Ready', status: value, reason, message, lastTransitionTime, ...generation };
  return { phase, message, conditions: [condition], ...generation };
}

function reasonToGo(
  { metadata, status }: ServerPod,
  target: Target,
  servers: readonly ServerPlan[],
): 'surplus' | 'ended' | 'foreign' | undefined {
  if (!servers.some(({ name }) => name === metadata.name)) return 'surplus';
  if (!metadata.ownerReferences?.some(({ uid }) => uid === target.metadata.uid)) return 'foreign'; // an earlier object's
  return status?.phase === 'Failed' || status?.phase === 'Succeeded' ? 'ended' : undefined;
}

function indexOf({ metadata }: ServerPod, servers: readonly ServerPlan[]): number {
  return servers.findIndex(({ name }) => name === metadata.name);
}

function waitingPhase({ kind }: Target, pods: readonly ServerPod[]): string {
  const running = pods.some(({ status }) => status?.phase === 'Running');
  if (!running) return 'Pending';
  return kind === 'Neo4jEnterpriseCluster' ? 'Forming' : 'Running';
}
