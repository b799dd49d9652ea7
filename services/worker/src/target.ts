import {
  hostOf,
  resolveTarget,
  type DatabaseObject,
  type PodObject,
  type ResolvedTarget,
  type ServerObject,
} from '@holdfast/core';
import { resources, type Kube, type ResourceType } from '@holdfast/kube';
import type { EffectiveSpec } from '@holdfast/types';
import type { Wait } from '@holdfast/access';
import type { Hands } from './hands.ts';

/** A target that becomes ready is an event; this is only for the event that got lost. */
const lookAgainMs = 60_000;

/** Reads the objects that a target leads to and resolves them. */
export async function findTarget(
  spec: EffectiveSpec,
  backupNamespace: string,
  hands: Hands,
  signal: AbortSignal,
): Promise<ResolvedTarget | Wait> {
  const { kube, clusterDomain } = hands;
  const { namespace } = spec.target;
  const databases = await all<DatabaseObject>(kube, resources.databases, { namespace }, signal);
  const host = hostOf(spec.target, databases);
  if (host.kind === 'waiting') return { ...host, againMs: lookAgainMs };
  const [cluster, standalone, pods] = await Promise.all([
    kube.get(resources.clusters, { namespace, name: host.name }, signal),
    kube.get(resources.standalones, { namespace, name: host.name }, signal),
    all<PodObject>(kube, resources.pods, { namespace, labelSelector: `neo4j.com/cluster=${host.name}` }, signal),
  ]);
  const resolution = resolveTarget(spec.target, host, {
    databases,
    pods,
    backupNamespace,
    clusterDomain,
    ...(cluster && { cluster: cluster as ServerObject }),
    ...(standalone && { standalone: standalone as ServerObject }),
  });
  return resolution.kind === 'resolved' ? resolution.target : { ...resolution, againMs: lookAgainMs };
}

/** Objects of kinds that are not ours, read with the few fields that resolution looks at. */
async function all<T>(
  kube: Kube,
  type: ResourceType,
  options: { namespace: string; labelSelector?: string },
  signal: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  for await (const object of kube.list(type, options, signal)) found.push(object as unknown as T);
  return found;
}
