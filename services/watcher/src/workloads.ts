import {
  isReadyPod,
  knownHost,
  type BackupFacts,
  type KnownHost,
  type PodObject,
  type ServiceObject,
} from '@holdfast/core';
import { reflect, resources, type Kube, type KubeObject, type Reflector, type ResourceType } from '@holdfast/kube';
import type { Clock, Log } from '@holdfast/runtime';

/**
 * Plain StatefulSets and Services that backups point at. Every cluster is full of such objects and of their pods, so they are watched only
 * in namespaces where a backup needs to be told of them now, and no longer than that.
 */
export interface Workloads {
  /** Follows a backup: which namespace it needs to be told of may have changed. */
  follow(key: string, facts: BackupFacts | undefined): void;
  /** What is known of a workload; only while its namespace is watched. */
  get(kind: 'StatefulSet' | 'Service', namespace: string, name: string): KnownHost | undefined;
}

interface Watched {
  readonly stop: AbortController;
  /** Backups that need it. */
  readonly by: Set<string>;
  readonly known: Readonly<Record<'StatefulSet' | 'Service', Reflector<{ readonly known: KnownHost }>>>;
}

/** @param given.onChange what may be a target in this namespace appeared, went, or is ready or not any more */
export function watchWorkloads(
  kube: Kube,
  given: {
    namespace?: string | undefined;
    signal: AbortSignal;
    clock: Clock;
    log: Log;
    onChange: (namespace: string) => void;
  },
): Workloads {
  const watched = new Map<string, Watched>();
  const needs = new Map<string, string>();

  const open = (namespace: string): Watched => {
    const stop = new AbortController();
    const signal = AbortSignal.any([given.signal, stop.signal]);
    const { clock, log } = given;
    const follow = <P>(type: ResourceType, project: (object: KubeObject) => P): Reflector<P> =>
      reflect({
        ...{ kube, type, namespace, signal, clock, log, project },
        onChange: (_key, current, previous) => {
          if (JSON.stringify(current) !== JSON.stringify(previous)) given.onChange(namespace);
        },
      });
    follow(resources.pods, (pod) => ({ ready: isReadyPod(pod as unknown as PodObject) }));
    const known = {
      StatefulSet: follow(resources.statefulSets, (object) => ({ known: knownHost(object, 'StatefulSet') })),
      Service: follow(resources.services, (object) => ({
        known: knownHost(object, 'Service'),
        selector: (object as unknown as ServiceObject).spec?.selector,
      })),
    };
    return { stop, by: new Set(), known };
  };

  const release = (key: string, namespace: string) => {
    const one = watched.get(namespace);
    if (!one?.by.delete(key) || one.by.size > 0) return;
    one.stop.abort();
    watched.delete(namespace);
  };

  return {
    follow(key, facts) {
      const before = needs.get(key);
      const namespace = namespaceToWatch(facts, given.namespace);
      if (namespace === before) return;
      if (namespace === undefined) needs.delete(key);
      else {
        needs.set(key, namespace);
        const one = watched.get(namespace) ?? open(namespace);
        watched.set(namespace, one);
        one.by.add(key);
      }
      if (before !== undefined) release(key, before);
    },
    get: (kind, namespace, name) => watched.get(namespace)?.known[kind].get(`${namespace}/${name}`)?.known,
  };
}

/**
 * Who has to be told: a run that waits for its target, and a trigger that looks at it. A watcher of one namespace may not look into
 * others.
 */
function namespaceToWatch(facts: BackupFacts | undefined, only: string | undefined): string | undefined {
  const { spec, status } = facts ?? {};
  const { workload, namespace } = spec?.target ?? {};
  if (!workload || (only !== undefined && only !== namespace)) return undefined;
  const waits = status?.activeRun?.waitingFor?.reason.startsWith('Target');
  return waits || looksAtTarget(facts) ? namespace : undefined;
}

/** Whether a trigger of the backup looks at more than the backup itself. */
export function looksAtTarget(facts: BackupFacts | undefined): boolean {
  return facts?.spec?.triggers?.some(({ on }) => on !== 'SpecChanged') ?? false;
}
