import { conflict, invalid, invalidValue, notFound } from '../api-error.ts';
import type { Api, WriteOptions } from '../api.ts';
import { clone, equal, fill } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import { admitFields, assertValid } from './admit-fields.ts';
import { decodeObject } from './create.ts';

/** Which object is written, and through which door. */
export interface UpdateTarget {
  readonly namespace: string;
  readonly name: string;
  readonly subresource?: 'status' | 'finalize';
}

/** The options of an update; `refuse` words the error for unknown fields. */
export interface UpdateOptions extends WriteOptions {
  readonly refuse?: (findings: string) => Error;
}

/** Replaces an object as PUT does: with a resourceVersion only when it is still that version. */
export function updateObject(
  api: Api,
  resource: Resource,
  target: UpdateTarget,
  body: Json,
  options: UpdateOptions = {},
): KubeObject {
  const old = getObject(api, resource, target.namespace, target.name);
  const given = clone(decodeObject(resource, body, target.namespace));
  given.metadata.name ??= target.name;
  assertSameObject(resource, given, old);
  const object =
    target.subresource === undefined
      ? newMain(resource, given, old)
      : newSubresource(resource, given, old, target.subresource);
  keepServerOwned(object, old);
  admitFields(resource, object, options, options.refuse);
  assertValid(resource, object, target.subresource === undefined ? old : undefined);
  if (resource.hasGeneration) countGeneration(resource, object, old);
  if (options.dryRun === true) return object;
  return isGone(object, resource) ? api.store.remove(resource.shelf, object) : api.store.put(resource.shelf, object);
}

/** The stored object in this version, or 404. */
export function getObject(api: Api, resource: Resource, namespace: string, name: string): KubeObject {
  const found = api.store.get(resource.shelf, namespace, name);
  if (!found) throw notFound(resource, name);
  return inVersion(resource, found);
}

/** An object as this version shows it; without conversion webhooks only `apiVersion` differs. */
export function inVersion(resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function assertSameObject(resource: Resource, given: KubeObject, old: KubeObject): void {
  const { name, uid, resourceVersion } = given.metadata;
  if (name !== old.metadata.name) {
    const cause = invalidValue('metadata.name', name, 'the name of the object does not match the name on the URL');
    throw invalid(resource, old.metadata.name, [cause]);
  }
  if (resource.schema && !resourceVersion) {
    throw invalid(resource, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(resource, name);
}

function newMain(resource: Resource, given: KubeObject, old: KubeObject): KubeObject {
  if (!resource.hasStatus) return given;
  const object = { ...given };
  delete object['status'];
  if (old['status'] !== undefined) object['status'] = clone(old['status']);
  keepAssigned(object, old);
  return object;
}

/** Fields the server assigned once and a client need not repeat. */
function keepAssigned(object: KubeObject, old: KubeObject): void {
  const [spec, before] = [object['spec'], old['spec']];
  if (!isMembers(spec) || !isMembers(before)) return;
  const names = ASSIGNED[object.kind] ?? [];
  const kept = Object.fromEntries(
    names.filter((name) => before[name] !== undefined).map((name) => [name, before[name]]),
  );
  fill(spec, kept);
}

const ASSIGNED: { readonly [kind: string]: readonly string[] } = {
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
  PersistentVolumeClaim: ['volumeName', 'storageClassName'],
  Job: ['selector', 'completions'],
  Namespace: ['finalizers'],
  Pod: ['nodeName'],
};

function isMembers(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A status write changes the status alone; `finalize` changes a namespace's spec alone. */
function newSubresource(
  resource: Resource,
  given: KubeObject,
  old: KubeObject,
  name: 'status' | 'finalize',
): KubeObject {
  const member = name === 'status' ? 'status' : 'spec';
  const object = { ...clone(old) };
  delete object[member];
  if (given[member] !== undefined) object[member] = given[member];
  // Built-in kinds (a node's labels, a pod's annotations) take metadata through status as well.
  if (!resource.schema && name === 'status') object.metadata = { ...object.metadata, ...labelsOf(given) };
  return object;
}

function labelsOf(given: KubeObject): Partial<Pick<KubeObject['metadata'], 'labels' | 'annotations'>> {
  const { labels, annotations } = given.metadata;
  return { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
}

const SERVER_OWNED = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'generateName',
] as const;

function keepServerOwned(object: KubeObject, old: KubeObject): void {
  const metadata = { ...object.metadata };
  delete metadata['managedFields'];
  delete metadata['selfLink'];
  for (const name of SERVER_OWNED) {
    delete metadata[name];
    const value = old.metadata[name];
    if (value !== undefined) Object.assign(metadata, { [name]: value });
  }
  object.metadata = metadata;
}

function countGeneration(resource: Resource, object: KubeObject, old: KubeObject): void {
  if (equal(desired(resource, object), desired(resource, old))) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** The part of an object that is a wish: everything but metadata and a separate status. */
function desired(resource: Resource, object: KubeObject): JsonObject {
  const { apiVersion: _a, metadata: _m, status, ...wish } = object;
  return resource.hasStatus ? wish : { ...wish, ...(status === undefined ? {} : { status }) };
}

/** True when a deleted object lost its last reason to stay. */
export function isGone(object: KubeObject, resource: Resource): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers ?? []).length > 0) return false;
  if (resource.shelf === 'namespaces') {
    const left = isMembers(object['spec']) ? object['spec']['finalizers'] : undefined;
    return !Array.isArray(left) || left.length === 0;
  }
  return (deletionGracePeriodSeconds ?? 0) === 0;
}
