import type { ServerResponse } from 'node:http';
import { badRequest, conflict, methodNotAllowed } from './api-error.ts';
import type { Api } from './api.ts';
import { clone, ensureObject, isObject, objectsAt, textAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { proxyLog } from './kubelet-proxy.ts';
import { timestamp } from './kube-object.ts';
import type { KubeObject } from './kube-object.ts';
import { readBody } from './request.ts';
import type { ApiRequest } from './request.ts';
import type { Resource } from './resources/resource.ts';
import { deleteObject } from './verbs/delete.ts';
import { getObject } from './verbs/update.ts';

/** A subresource of one pod. */
export interface PodPart {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly part: string;
}

/** Answers log, eviction and binding; exec and its like come as upgrades and end here only without one. */
export async function handlePodPart(
  api: Api,
  request: ApiRequest,
  response: ServerResponse,
  target: PodPart,
): Promise<void> {
  const pod = getObject(api, target.resource, target.namespace, target.name);
  switch (target.part) {
    case 'log':
      if (request.method !== 'GET') throw methodNotAllowed();
      return proxyLog(api, pod, request, response);
    case 'eviction':
      return evict(api, target, pod, await postedBody(request), response);
    case 'binding':
      return bind(api, target, pod, await postedBody(request), response);
    default:
      throw badRequest('Upgrade request required');
  }
}

async function postedBody(request: ApiRequest): Promise<JsonObject> {
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = await readBody(request);
  if (!isObject(body)) throw badRequest('the request has no object in its body');
  return body;
}

/** An eviction says so in the pod's conditions, so that a Job can tell it from a failure. */
function evict(api: Api, target: PodPart, pod: KubeObject, body: JsonObject, response: ServerResponse): void {
  const marked = clone(pod);
  setCondition(marked, {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(api.now()),
  });
  api.store.put(target.resource.shelf, marked);
  const options = isObject(body['deleteOptions']) ? body['deleteOptions'] : {};
  const grace = options['gracePeriodSeconds'];
  deleteObject(
    api,
    target.resource,
    target.namespace,
    target.name,
    typeof grace === 'number' ? { gracePeriodSeconds: grace } : {},
  );
  created(response);
}

/** Gives a pod its node, once. */
function bind(api: Api, target: PodPart, pod: KubeObject, body: JsonObject, response: ServerResponse): void {
  const node = textAt(body, 'target', 'name');
  if (node === '') throw badRequest('target.name: Required value');
  const bound = clone(pod);
  const spec = ensureObject(bound, 'spec');
  const before = textAt(spec, 'nodeName');
  if (before !== '')
    throw conflict(target.resource, target.name, `pod ${target.name} is already assigned to node "${before}"`);
  if (bound.metadata.deletionTimestamp !== undefined) {
    throw conflict(target.resource, target.name, `pod ${target.name} is being deleted, cannot be assigned to a host`);
  }
  spec['nodeName'] = node;
  setCondition(bound, {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(api.now()),
  });
  api.store.put(target.resource.shelf, bound);
  created(response);
}

function setCondition(pod: KubeObject, condition: JsonObject): void {
  const status = ensureObject(pod, 'status');
  const others: Json[] = objectsAt(status, 'conditions').filter((each) => each['type'] !== condition['type']);
  status['conditions'] = [...others, condition];
}

function created(response: ServerResponse): void {
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }));
}
