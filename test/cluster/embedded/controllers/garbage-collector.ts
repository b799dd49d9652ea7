import type { Api } from '../api.ts';
import { clone } from '../json.ts';
import type { KubeObject, OwnerReference } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';
import type { Change } from '../store.ts';
import { FOREGROUND, ORPHAN, deleteObject } from '../verbs/delete.ts';
import { isGone } from '../verbs/update.ts';
import type { Controller } from './controller.ts';

/** Where an object is stored. */
interface Place {
  readonly shelf: string;
  readonly namespace: string;
  readonly name: string;
}

/** Removes dependents whose owners are gone, and lets deleted owners wait for theirs (foreground) or release them (orphan). */
export function garbageCollector(api: Api): Controller {
  const graph = new OwnerGraph();
  return {
    name: 'garbage-collector',
    keysFor: (change) => graph.note(change),
    look: (uid) => {
      const place = graph.placeOf(uid);
      const object = place && api.store.get(place.shelf, place.namespace, place.name);
      const resource = place && api.registry.onShelf(place.shelf);
      if (!object || !resource || object.metadata.uid !== uid) return;
      if (object.metadata.deletionTimestamp !== undefined) tendDeleted(api, graph, resource, object);
      tendDependent(api, resource, object);
    },
  };
}

/** Who depends on whom, by uid. */
class OwnerGraph {
  readonly #places = new Map<string, Place>();
  readonly #dependents = new Map<string, Set<string>>();

  /** Records a change and names the objects to look at: itself, its dependents and its owners. */
  note({ type, shelf, object, previous }: Change): string[] {
    const uid = object.metadata.uid ?? '';
    const owners = ownersOf(object);
    const former = previous ? ownersOf(previous) : [];
    for (const owner of former) this.#dependents.get(owner.uid)?.delete(uid);
    if (type === 'DELETED') this.#places.delete(uid);
    else {
      const { namespace = '', name } = object.metadata;
      this.#places.set(uid, { shelf, namespace, name });
      for (const owner of owners) this.#add(owner.uid, uid);
    }
    return [uid, ...this.dependentsOf(uid), ...[...owners, ...former].map((owner) => owner.uid)];
  }

  placeOf(uid: string): Place | undefined {
    return this.#places.get(uid);
  }

  dependentsOf(uid: string): string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  #add(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner);
    if (known) known.add(dependent);
    else this.#dependents.set(owner, new Set([dependent]));
  }
}

function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}

function tendDeleted(api: Api, graph: OwnerGraph, resource: Resource, owner: KubeObject): void {
  const finalizers = owner.metadata.finalizers ?? [];
  const dependents = graph.dependentsOf(owner.metadata.uid ?? '').flatMap((uid) => found(api, graph, uid));
  if (finalizers.includes(ORPHAN)) {
    for (const each of dependents)
      dropOwners(api, each.resource, each.object, (reference) => reference.uid === owner.metadata.uid);
    release(api, resource, owner, ORPHAN);
  } else if (finalizers.includes(FOREGROUND)) {
    for (const each of dependents) deleteBehind(api, graph, each.resource, each.object);
    if (!dependents.some(({ object }) => blocks(object, owner))) release(api, resource, owner, FOREGROUND);
  }
}

function found(
  api: Api,
  graph: OwnerGraph,
  uid: string,
): { readonly resource: Resource; readonly object: KubeObject }[] {
  const place = graph.placeOf(uid);
  const object = place && api.store.get(place.shelf, place.namespace, place.name);
  const resource = place && api.registry.onShelf(place.shelf);
  return object && resource ? [{ resource, object }] : [];
}

/** A dependent of a foreground deletion goes the same way when it has dependents of its own. */
function deleteBehind(api: Api, graph: OwnerGraph, resource: Resource, object: KubeObject): void {
  const { uid = '', namespace = '', name, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined || ownersOf(object).some((owner) => isStaying(api, object, owner))) return;
  const propagationPolicy = graph.dependentsOf(uid).length > 0 ? 'Foreground' : 'Background';
  deleteObject(api, resource, namespace, name, { propagationPolicy, preconditions: { uid } });
}

function blocks(dependent: KubeObject, owner: KubeObject): boolean {
  return ownersOf(dependent).some(
    (reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true,
  );
}

function release(api: Api, resource: Resource, owner: KubeObject, finalizer: string): void {
  const current = api.store.get(resource.shelf, owner.metadata.namespace ?? '', owner.metadata.name);
  if (!current) return;
  const released = clone(current);
  released.metadata.finalizers = (released.metadata.finalizers ?? []).filter((each) => each !== finalizer);
  if (isGone(released, resource)) api.store.remove(resource.shelf, released);
  else api.store.put(resource.shelf, released);
}

/** An object all of whose owners are gone goes too; one that still has an owner only loses the dead references. */
function tendDependent(api: Api, resource: Resource, object: KubeObject): void {
  const owners = ownersOf(object);
  if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
  const living = owners.filter((owner) => findOwner(api, object, owner));
  if (living.length === owners.length) return;
  const { uid = '', namespace = '', name } = object.metadata;
  if (living.length > 0) dropOwners(api, resource, object, (reference) => !living.includes(reference));
  else deleteObject(api, resource, namespace, name, { propagationPolicy: 'Background', preconditions: { uid } });
}

function dropOwners(
  api: Api,
  resource: Resource,
  object: KubeObject,
  drops: (reference: OwnerReference) => boolean,
): void {
  const kept = clone(object);
  kept.metadata.ownerReferences = ownersOf(object).filter((reference) => !drops(reference));
  if (kept.metadata.ownerReferences.length === 0) delete kept.metadata.ownerReferences;
  api.store.put(resource.shelf, kept);
}

/** The owner with exactly this uid; owners live in the dependent's namespace or are cluster-wide. */
function findOwner(api: Api, dependent: KubeObject, reference: OwnerReference): KubeObject | undefined {
  const resource = api.registry.findKind(reference.apiVersion, reference.kind);
  if (!resource) return undefined;
  const namespace = resource.namespaced ? (dependent.metadata.namespace ?? '') : '';
  const owner = api.store.get(resource.shelf, namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

function isStaying(api: Api, dependent: KubeObject, reference: OwnerReference): boolean {
  const owner = findOwner(api, dependent, reference);
  return owner !== undefined && owner.metadata.deletionTimestamp === undefined;
}
