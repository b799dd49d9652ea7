import {
  hostOf,
  podSelector,
  resolveTarget,
  resolveWorkload,
  type DatabaseObject,
  type PodObject,
  type Resolution,
  type ResolvedTarget,
  type ServerObject,
  type ServiceObject,
  type StatefulSetObject,
} from '@holdfast/core';
import { KubeError, resources, type Kube, type ResourceType } from '@holdfast/kube';
import type { ActiveRun, EffectiveTarget, EffectiveWorkload } from '@holdfast/types';
import type { Wait } from '@holdfast/access';
import type { Hands } from './hands.ts';

/** A target that becomes ready is an event; this is only for the event that got lost. */
const lookAgainMs = 60_000;

/** Reads the objects that a target leads to and resolves them for this run. */
export async function findTarget(
  target: EffectiveTarget,
  { backupNamespace, run }: { backupNamespace: string; run: ActiveRun },
  hands: Hands,
  signal: AbortSignal,
): Promise<ResolvedTarget | Wait> {
  const { kube, clusterDomain } = hands;
  const site = { kube, clusterDomain, backupNamespace, signal, beforeUpgrade: run.event === 'TargetUpgrade' };
  try {
    const resolution = target.workload
      ? await findWorkload(target, target.workload, site)
      : await findHost(target, site);
    return resolution.kind === 'resolved' ? resolution.target : { ...resolution, againMs: lookAgainMs };
  } catch (error) {
    // An installation for one namespace may not look into others: its administrator can change that, so the run waits.
    if (!(error instanceof KubeError) || error.status !== 403 || target.namespace === backupNamespace) throw error;
    const message = `this installation may not look at targets in namespace "${target.namespace}" (${error.message}); have it watch all namespaces, or declare the backup in the target's own`;
    return { reason: 'ApiDenied', message, againMs: lookAgainMs };
  }
}

interface Site {
  readonly kube: Kube;
  readonly clusterDomain: string;
  readonly backupNamespace: string;
  readonly beforeUpgrade: boolean;
  readonly signal: AbortSignal;
}

/** What the Neo4j operator looks after. */
async function findHost(target: EffectiveTarget, site: Site): Promise<Resolution> {
  const { kube, signal, ...found } = site;
  const { namespace } = target;
  const databases = await all<DatabaseObject>(resources.databases, { namespace }, site);
  const host = hostOf(target, databases, found.backupNamespace);
  if (host.kind === 'waiting') return host;
  const [cluster, standalone, pods] = await Promise.all([
    kube.get(resources.clusters, { namespace, name: host.name }, signal),
    kube.get(resources.standalones, { namespace, name: host.name }, signal),
    all<PodObject>(resources.pods, { namespace, labelSelector: `neo4j.com/cluster=${host.name}` }, site),
  ]);
  return resolveTarget(target, host, {
    ...found,
    databases,
    pods,
    ...(cluster && { cluster: cluster as ServerObject }),
    ...(standalone && { standalone: standalone as ServerObject }),
  });
}

async function findWorkload(target: EffectiveTarget, workload: EffectiveWorkload, site: Site): Promise<Resolution> {
  const { kube, signal, ...found } = site;
  const { namespace } = target;
  const read = async <T>(type: ResourceType, name: string | undefined) =>
    name === undefined ? undefined : ((await kube.get(type, { namespace, name }, signal)) as T | undefined);
  const isService = workload.kind === 'Service';
  const statefulSet = isService ? undefined : await read<StatefulSetObject>(resources.statefulSets, workload.name);
  const service = await read<ServiceObject>(
    resources.services,
    isService ? workload.name : statefulSet?.spec?.serviceName || undefined,
  );
  const objects = { ...(statefulSet && { statefulSet }), ...(service && { service }) };
  const labelSelector = podSelector(workload, objects);
  const pods =
    labelSelector === undefined ? [] : await all<PodObject>(resources.pods, { namespace, labelSelector }, site);
  return resolveWorkload(target, workload, { ...found, ...objects, pods });
}

/** Objects of kinds that are not ours, read with the few fields that resolution looks at. */
async function all<T>(
  type: ResourceType,
  options: { namespace: string; labelSelector?: string },
  { kube, signal }: Site,
): Promise<T[]> {
  const found: T[] = [];
  for await (const object of kube.list(type, options, signal)) found.push(object as unknown as T);
  return found;
}
