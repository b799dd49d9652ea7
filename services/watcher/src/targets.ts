import { knownDatabase, knownHost, type KnownDatabase, type KnownHost, type KnownTargets } from '@holdfast/core';
import { reflect, resources, type Kube, type Neo4jTarget, type Reflector, type ResourceType } from '@holdfast/kube';
import type { Clock, Log } from '@holdfast/runtime';
import type { Workloads } from './workloads.ts';

/** What the Neo4j operator looks after, and the plain workloads that somebody needs to know of. */
export interface Targets extends KnownTargets {
  /** By the name of the resource. */
  readonly reflectors: readonly (readonly [string, Reflector<unknown>])[];
}

/** @param given.onChange what may be a target in this namespace changed */
export function watchTargets(
  kube: Kube,
  given: {
    namespace?: string;
    signal: AbortSignal;
    clock: Clock;
    log: Log;
    workloads: Workloads;
    onChange: (namespace: string) => void;
  },
): Targets {
  const { onChange, workloads, ...common } = given;
  const follow = <P>(type: ResourceType<Neo4jTarget>, project: (object: Neo4jTarget) => P): Reflector<P> =>
    reflect({ ...common, kube, type, project, onChange: (key) => onChange(key.split('/')[0] ?? '') });
  const clusters = follow(resources.clusters, (object) => knownHost(object, 'Cluster'));
  const standalones = follow(resources.standalones, (object) => knownHost(object, 'Standalone'));
  const databases = follow(resources.databases, knownDatabase);
  const operated: Readonly<Record<'Cluster' | 'Standalone', Reflector<KnownHost>>> = {
    Cluster: clusters,
    Standalone: standalones,
  };
  return {
    host: (kind, namespace, name) =>
      kind === 'StatefulSet' || kind === 'Service'
        ? workloads.get(kind, namespace, name)
        : operated[kind].get(`${namespace}/${name}`),
    databases: (namespace) => inNamespace(databases, namespace),
    reflectors: [
      [resources.clusters.plural, clusters],
      [resources.standalones.plural, standalones],
      [resources.databases.plural, databases],
    ],
  };
}

function inNamespace(databases: Reflector<KnownDatabase>, namespace: string): readonly KnownDatabase[] {
  return [...databases.values()].filter(({ metadata }) => metadata.namespace === namespace);
}
