import { conflict } from '../api-error.ts';
import type { Api } from '../api.ts';
import { clone, numberAt, textAt } from '../json.ts';
import { timestamp } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';
import { getObject, isGone } from './update.ts';

/** Finalizer of an owner that waits for its dependents. */
export const FOREGROUND = 'foregroundDeletion';
/** Finalizer of an owner whose dependents are to be kept. */
export const ORPHAN = 'orphan';

/** What a DELETE may ask for. */
export interface DeleteOptions {
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** The last state of the object, and whether it is really gone. */
export interface Deletion {
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Deletes as DELETE does: at once, or by marking an object that finalizers or a running pod still hold. */
export function deleteObject(
  api: Api,
  resource: Resource,
  namespace: string,
  name: string,
  options: DeleteOptions = {},
): Deletion {
  const old = getObject(api, resource, namespace, name);
  assertPreconditions(resource, old, options);
  const object = clone(old);
  setPropagation(object, options.propagationPolicy ?? defaultPropagation(resource));
  markDeleted(api, resource, object, options);
  const gone = isGone(object, resource);
  if (options.dryRun === true) return { object, gone };
  return { object: gone ? api.store.remove(resource.shelf, object) : api.store.put(resource.shelf, object), gone };
}

function assertPreconditions(resource: Resource, old: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = old.metadata;
  const { name } = old.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(resource, name, why);
  }
}

/** batch/v1 kept the old default: a Job deleted without a policy leaves its pods behind. */
function defaultPropagation(resource: Resource): DeleteOptions['propagationPolicy'] {
  return resource.shelf === 'jobs.batch' ? 'Orphan' : undefined;
}

function setPropagation(object: KubeObject, policy: DeleteOptions['propagationPolicy']): void {
  const others = (object.metadata.finalizers ?? []).filter((each) => each !== FOREGROUND && each !== ORPHAN);
  if (policy === undefined) return;
  const own = policy === 'Foreground' ? [FOREGROUND] : policy === 'Orphan' ? [ORPHAN] : [];
  const finalizers = [...others, ...own];
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
}

function markDeleted(api: Api, resource: Resource, object: KubeObject, options: DeleteOptions): void {
  const { metadata } = object;
  const grace = resource.shelf === 'pods' ? podGrace(object, options) : 0;
  if (metadata.deletionTimestamp !== undefined) {
    // A repeated deletion can only hurry.
    if (grace < (metadata.deletionGracePeriodSeconds ?? 0)) metadata.deletionGracePeriodSeconds = grace;
    return;
  }
  metadata.deletionTimestamp = timestamp(new Date(api.now().getTime() + grace * 1000));
  metadata.deletionGracePeriodSeconds = grace;
  if (resource.hasGeneration) metadata.generation = (metadata.generation ?? 0) + 1;
  if (resource.shelf === 'namespaces') object['status'] = { phase: 'Terminating' };
}

/** Only a pod that a kubelet holds and that has not ended needs grace. */
function podGrace(pod: KubeObject, options: DeleteOptions): number {
  const isOver = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  if (textAt(pod, 'spec', 'nodeName') === '' || isOver) return 0;
  return options.gracePeriodSeconds ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30;
}
