import type { ServerResponse } from 'node:http';
import { ApiError, badRequest, methodNotAllowed, noSuchPath } from './api-error.ts';
import type { Api } from './api.ts';
import { discover } from './discovery.ts';
import { isObject, numberAt, textAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { openApi } from './openapi.ts';
import { handlePodPart } from './pod-parts.ts';
import { negotiate, represent, representList } from './representation.ts';
import { flagParam, isDryRun, numberParam, readBody, writeOptions } from './request.ts';
import type { ApiRequest } from './request.ts';
import { parseRoute } from './routes.ts';
import type { Route } from './routes.ts';
import { createObject } from './verbs/create.ts';
import { deleteObject } from './verbs/delete.ts';
import type { DeleteOptions, Deletion } from './verbs/delete.ts';
import { listObjects } from './verbs/list.ts';
import { patchObject } from './verbs/patch.ts';
import type { Selection } from './verbs/select.ts';
import { getObject, updateObject } from './verbs/update.ts';
import type { UpdateTarget } from './verbs/update.ts';
import { serveWatch } from './watch.ts';

/** One request on its way: where it goes and how it is answered. */
interface Exchange {
  readonly api: Api;
  readonly request: ApiRequest;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

const HEALTH = new Set(['healthz', 'readyz', 'livez']);

/** Answers one request. Throws an `ApiError` for everything refused. */
export async function handle(
  api: Api,
  request: ApiRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const exchange: Exchange = { api, request, response, signal };
  const [root = ''] = request.path;
  if (HEALTH.has(root)) return sendText(response, 'text/plain', 'ok');
  const document = openApi(api.registry, request.path, request.accept);
  if (document) return sendText(response, document.contentType, document.body);
  const discovered = discover(api.registry, request.path);
  if (discovered !== undefined && request.method === 'GET') return sendJson(response, 200, discovered);
  if (root !== 'api' && root !== 'apis') throw noSuchPath();
  const route = parseRoute(api.registry, request.path);
  if (route.name === undefined) return handleCollection(exchange, route);
  return handleObject(exchange, route, route.name);
}

async function handleCollection(exchange: Exchange, route: Route): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
      return flagParam(exchange.request.query, 'watch') ? watch(exchange, route) : list(exchange, route);
    case 'POST':
      return create(exchange, route);
    case 'DELETE':
      return deleteCollection(exchange, route);
    default:
      throw methodNotAllowed();
  }
}

async function handleObject(exchange: Exchange, route: Route, name: string): Promise<void> {
  const { api, request, response } = exchange;
  const { resource, namespace, subresource } = route;
  const isOwnPart =
    subresource === undefined ||
    (subresource === 'status' && resource.hasStatus) ||
    (subresource === 'finalize' && resource.plural === 'namespaces');
  if (!isOwnPart) {
    if (resource.shelf !== 'pods' || !resource.subresources.includes(subresource)) throw noSuchPath();
    return handlePodPart(api, request, response, { resource, namespace, name, part: subresource });
  }
  const target: UpdateTarget = {
    namespace,
    name,
    ...(subresource === 'status' || subresource === 'finalize' ? { subresource } : {}),
  };
  switch (request.method) {
    case 'GET':
      if (flagParam(request.query, 'watch')) return watch(exchange, route);
      return sendObject(exchange, route, 200, getObject(api, resource, namespace, name));
    case 'PUT':
      return put(exchange, route, target);
    case 'PATCH':
      return patch(exchange, route, target);
    case 'DELETE':
      if (subresource !== undefined) throw methodNotAllowed();
      return remove(exchange, route, name);
    default:
      throw methodNotAllowed();
  }
}

function selectionOf({ request }: Exchange, route: Route): Selection {
  return {
    namespace: route.namespace,
    labelSelector: request.query.get('labelSelector') ?? '',
    fieldSelector: request.query.get('fieldSelector') ?? '',
    ...(route.name === undefined ? {} : { name: route.name }),
  };
}

function list(exchange: Exchange, route: Route): void {
  const { api, request, response } = exchange;
  const how = negotiate(request);
  const paging = { limit: numberParam(request.query, 'limit', 0), continue: request.query.get('continue') ?? '' };
  const page = listObjects(api, route.resource, selectionOf(exchange, route), paging);
  sendJson(response, 200, representList(route.resource, page, how, api.now()));
}

const LONGEST_WATCH_SECONDS = 3600;

function watch(exchange: Exchange, route: Route): void {
  const { api, request, response, signal } = exchange;
  const { query } = request;
  if (query.has('sendInitialEvents')) {
    // Clients that know streaming lists take this answer as "list first".
    const why =
      'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    throw new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${why}`, {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
    });
  }
  const options = {
    selection: selectionOf(exchange, route),
    resourceVersion: query.get('resourceVersion') ?? '',
    allowBookmarks: flagParam(query, 'allowWatchBookmarks'),
    timeoutMs: numberParam(query, 'timeoutSeconds', LONGEST_WATCH_SECONDS) * 1000,
    how: negotiate(request),
  };
  serveWatch(api, route.resource, options, response, signal);
}

async function create(exchange: Exchange, route: Route): Promise<void> {
  const { api, request } = exchange;
  const body = await neededBody(request);
  if (route.resource.namespaced && route.namespace === '') throw methodNotAllowed();
  const object = createObject(api, route.resource, route.namespace, body, optionsOf(exchange));
  sendObject(exchange, route, 201, object);
}

async function put(exchange: Exchange, route: Route, target: UpdateTarget): Promise<void> {
  const body = await neededBody(exchange.request);
  const object = updateObject(exchange.api, route.resource, target, body, optionsOf(exchange));
  sendObject(exchange, route, 200, object);
}

async function patch(exchange: Exchange, route: Route, target: UpdateTarget): Promise<void> {
  const { contentType } = exchange.request;
  const body = await neededBody(exchange.request);
  const object = patchObject(exchange.api, route.resource, target, { contentType, body }, optionsOf(exchange));
  sendObject(exchange, route, 200, object);
}

async function remove(exchange: Exchange, route: Route, name: string): Promise<void> {
  const options = deleteOptions(await readBody(exchange.request), exchange.request.query);
  const deletion = deleteObject(exchange.api, route.resource, route.namespace, name, options);
  const isShown = !deletion.gone || route.resource.shelf === 'pods';
  if (isShown) sendObject(exchange, route, 200, deletion.object);
  else sendJson(exchange.response, 200, success(route, deletion));
}

async function deleteCollection(exchange: Exchange, route: Route): Promise<void> {
  const { api, request, response } = exchange;
  const options = deleteOptions(await readBody(request), request.query);
  const page = listObjects(api, route.resource, selectionOf(exchange, route));
  for (const { metadata } of page.items) {
    deleteObject(api, route.resource, metadata.namespace ?? '', metadata.name, options);
  }
  sendJson(response, 200, representList(route.resource, page, negotiate(request), api.now()));
}

/** Deletion options come in the body or, from older clients, in the query. */
function deleteOptions(body: Json | undefined, query: URLSearchParams): DeleteOptions {
  const given: JsonObject = isObject(body) ? body : {};
  const policy =
    textAt(given, 'propagationPolicy') || (query.get('propagationPolicy') ?? '') || orphanPolicy(given, query);
  const grace =
    numberAt(given, 'gracePeriodSeconds') ??
    (query.has('gracePeriodSeconds') ? numberParam(query, 'gracePeriodSeconds', 30) : undefined);
  if (policy !== '' && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    throw badRequest(`propagationPolicy: Unsupported value: "${policy}"`);
  }
  const uid = textAt(given, 'preconditions', 'uid');
  const resourceVersion = textAt(given, 'preconditions', 'resourceVersion');
  const bodyDryRun = Array.isArray(given['dryRun']) && given['dryRun'].includes('All');
  return {
    dryRun: bodyDryRun || isDryRun(query),
    preconditions: { ...(uid === '' ? {} : { uid }), ...(resourceVersion === '' ? {} : { resourceVersion }) },
    ...(policy === '' ? {} : { propagationPolicy: policy }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
  };
}

/** kubectl up to 1.19 spoke of `orphanDependents`. */
function orphanPolicy(given: JsonObject, query: URLSearchParams): '' | 'Orphan' | 'Background' {
  const orphan = given['orphanDependents'] ?? query.get('orphanDependents') ?? undefined;
  if (orphan === undefined) return '';
  return orphan === true || orphan === 'true' ? 'Orphan' : 'Background';
}

function success({ resource }: Route, { object }: Deletion): JsonObject {
  const { name, uid = '' } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: resource.plural, uid },
  };
}

async function neededBody(request: ApiRequest): Promise<Json> {
  const body = await readBody(request);
  if (body === undefined) throw badRequest('the request needs a body');
  return body;
}

function optionsOf({ request, response }: Exchange): ReturnType<typeof writeOptions> {
  return writeOptions(request.query, (text) => {
    response.appendHeader('warning', `299 - ${JSON.stringify(text)}`);
  });
}

function sendObject({ api, request, response }: Exchange, route: Route, code: number, object: KubeObject): void {
  sendJson(response, code, represent(route.resource, object, negotiate(request), api.now()));
}

/** Sends a JSON answer. */
function sendJson(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.end(JSON.stringify(body));
}

function sendText(response: ServerResponse, contentType: string, body: string): void {
  response.writeHead(200, { 'content-type': contentType });
  response.end(body);
}
