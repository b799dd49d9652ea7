import { randomUUID, randomInt } from 'node:crypto';
import { alreadyExists, badRequest, forbidden, invalid, notFound, requiredValue } from '../api-error.ts';
import type { Api, WriteOptions } from '../api.ts';
import { clone, ensureObject, isObject, textAt } from '../json.ts';
import type { Json } from '../json.ts';
import { isKubeObject, timestamp } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import { isDefaultClass } from '../tables/other-columns.ts';
import { admitFields, assertValid } from './admit-fields.ts';

/** Creates an object as POST does. Throws an `ApiError` for everything that is refused. */
export function createObject(
  api: Api,
  resource: Resource,
  namespace: string,
  body: Json,
  options: WriteOptions = {},
): KubeObject {
  const object = clone(decodeObject(resource, body, namespace));
  if (object.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  for (const name of SERVER_OWNED) delete object.metadata[name];
  nameObject(resource, object, api);
  admitFields(resource, object, options);
  if (resource.hasStatus) delete object['status'];
  admitReferences(api, resource, object);
  object.metadata.uid = randomUUID();
  object.metadata.creationTimestamp = timestamp(api.now());
  if (resource.hasGeneration) object.metadata.generation = 1;
  resource.rules.onCreate?.(object);
  assertValid(resource, object);
  if (api.store.get(resource.shelf, namespace, object.metadata.name))
    throw alreadyExists(resource, object.metadata.name);
  return options.dryRun === true ? object : api.store.put(resource.shelf, object);
}

const SERVER_OWNED = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'selfLink',
  'managedFields',
];

/** Checks that a body is an object of the kind and namespace that the path names; kind and apiVersion may be absent. */
export function decodeObject(resource: Resource, body: Json, namespace: string): KubeObject {
  if (!isObject(body)) throw badRequest('the request has no object in its body');
  const apiVersion = apiVersionOf(resource);
  const given: Json = { apiVersion, kind: resource.kind, ...body, metadata: body['metadata'] ?? {} };
  if (!isKubeObject(given))
    throw badRequest(`the body is no ${resource.kind}: apiVersion, kind and metadata are needed`);
  if (given.kind !== resource.kind || given.apiVersion !== apiVersion) {
    const message = `the object provided is unrecognized (must be of type ${resource.kind} in ${apiVersion}, but is ${given.kind} in ${given.apiVersion})`;
    throw badRequest(message);
  }
  if (resource.namespaced && given.metadata.namespace !== undefined && given.metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const { namespace: _dropped, ...metadata } = given.metadata;
  return {
    ...given,
    metadata: resource.namespaced ? { ...metadata, namespace } : metadata,
  };
}

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function nameObject(resource: Resource, object: KubeObject, api: Api): void {
  if (object.metadata.name) return;
  const prefix = object.metadata.generateName;
  if (!prefix) throw invalid(resource, '', [requiredValue('metadata.name', 'name or generateName is required')]);
  do {
    const suffix = Array.from({ length: 5 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join('');
    object.metadata.name = `${prefix.slice(0, 58)}${suffix}`;
  } while (api.store.get(resource.shelf, object.metadata.namespace ?? '', object.metadata.name));
}

/** What admission looks up in other objects: the namespace, a pod's account, a claim's default class. */
function admitReferences(api: Api, resource: Resource, object: KubeObject): void {
  if (resource.namespaced) assertNamespace(api, resource, object);
  if (resource.shelf === 'pods') assertServiceAccount(api, resource, object);
  if (resource.shelf === 'persistentvolumeclaims') setDefaultClass(api, object);
}

function assertNamespace(api: Api, resource: Resource, object: KubeObject): void {
  const name = object.metadata.namespace ?? '';
  const namespaces = api.registry.builtIn('namespaces');
  const found = api.store.get('namespaces', '', name);
  if (!found) throw notFound(namespaces, name);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${name} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbidden(resource, object.metadata.name, why, [cause]);
}

function assertServiceAccount(api: Api, resource: Resource, pod: KubeObject): void {
  const namespace = pod.metadata.namespace ?? '';
  const account = textAt(pod, 'spec', 'serviceAccountName');
  if (api.store.get('serviceaccounts', namespace, account)) return;
  const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
  throw forbidden(resource, pod.metadata.name, why);
}

function setDefaultClass(api: Api, claim: KubeObject): void {
  const spec = ensureObject(claim, 'spec');
  if (spec['storageClassName'] !== undefined) return;
  const found = api.store.list('storageclasses.storage.k8s.io').find(isDefaultClass);
  if (found) spec['storageClassName'] = found.metadata.name;
}
