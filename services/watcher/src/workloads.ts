import {
  isReadyPod,
  wantedImage,
  type BackupFacts,
  type PodObject,
  type ServiceObject,
  type StatefulSetObject,
} from '@holdfast/core';
import { reflect, resources, type Kube, type KubeObject, type Reflector, type ResourceType } from '@holdfast/kube';
import type { Clock, Log } from '@holdfast/runtime';
import { annotations } from '@holdfast/types';

/**
 * Plain StatefulSets and Services that backups point at. Every cluster is full of such objects and of their pods, so they are watched only
 * in namespaces where a backup needs to be told of them now, and no longer than that.
 */
export interface Workloads {
  /** Follows a backup: which namespace it needs to be told of may have changed. */
  follow(key: string, facts: BackupFacts | undefined): void;
}

interface Watched {
  readonly stop: AbortController;
  /** Backups that need it. */
  readonly by: Set<string>;
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
    follow(resources.statefulSets, (object) => ({
      image: wantedImage(object as unknown as StatefulSetObject),
      ...outline(object),
    }));
    follow(resources.services, (object) => ({
      selector: (object as unknown as ServiceObject).spec?.selector,
      ...outline(object),
    }));
    return { stop, by: new Set() };
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
  };
}

/** What makes an object another one for those who wait for it. */
function outline({ metadata }: KubeObject): { uid: string; allows: string | undefined } {
  return { uid: metadata.uid, allows: metadata.annotations?.[annotations.allowBackupsFrom] };
}

/** Only a run that waits for its target has to be told. A watcher of one namespace may not look into others. */
function namespaceToWatch(facts: BackupFacts | undefined, only: string | undefined): string | undefined {
  const target = facts?.spec?.target;
  if (!target?.workload || (only !== undefined && only !== target.namespace)) return undefined;
  return facts?.status.activeRun?.waitingFor?.reason.startsWith('Target') ? target.namespace : undefined;
}
