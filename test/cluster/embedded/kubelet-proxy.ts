import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest, noSuchPath, notFound } from './api-error.ts';
import type { Api } from './api.ts';
import { numberAt, objectsAt, textAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { flagParam } from './request.ts';
import type { ApiRequest } from './request.ts';
import { parseRoute } from './routes.ts';
import { getObject } from './verbs/update.ts';

/** Passes a log request on to the pod's kubelet, as the real server does; a pod without a node has an empty log. */
export function proxyLog(api: Api, pod: KubeObject, request: ApiRequest, response: ServerResponse): void {
  const container = containerOf(pod, request.query.get('container') ?? '');
  if (textAt(pod, 'spec', 'nodeName') === '') {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end();
    return;
  }
  const { namespace = '', name } = pod.metadata;
  const query = new URLSearchParams(request.query);
  query.delete('container');
  const path = `/containerLogs/${namespace}/${name}/${container}?${query.toString()}`;
  const upstream = httpRequest({ ...kubeletOf(api, pod), path, method: 'GET' }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
    response.flushHeaders();
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  upstream.once('error', (error) => failLog(response, error));
  response.once('close', () => upstream.destroy());
  upstream.end();
}

function failLog(response: ServerResponse, error: Error): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = new ApiError(500, 'InternalError', `the pod's kubelet does not answer: ${error.message}`);
  response.writeHead(known.code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(known.toStatus()));
}

/** The container meant by a request: the named one, or the only one. */
function containerOf(pod: KubeObject, wanted: string): string {
  const containers = objectsAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name'));
  const inits = objectsAt(pod, 'spec', 'initContainers').map((container) => textAt(container, 'name'));
  const { name } = pod.metadata;
  if (wanted === '') {
    const [only, ...others] = containers;
    if (only !== undefined && others.length === 0 && inits.length === 0) return only;
    const extra = inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`;
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${extra}`,
    );
  }
  if (![...containers, ...inits].includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  return wanted;
}

function kubeletOf(api: Api, pod: KubeObject): { readonly host: string; readonly port: number } {
  const name = textAt(pod, 'spec', 'nodeName');
  const node = api.store.get('nodes', '', name);
  if (!node) throw notFound(api.registry.builtIn('nodes'), name);
  const address = objectsAt(node, 'status', 'addresses').find((each) => each['type'] === 'InternalIP');
  const port = numberAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  if (!address || port === undefined) {
    throw new ApiError(
      500,
      'InternalError',
      `node "${name}" has no InternalIP address or no kubelet port in its status`,
    );
  }
  return { host: textAt(address, 'address'), port };
}

const KUBELET_PATHS: { readonly [part: string]: string } = {
  exec: 'exec',
  attach: 'attach',
  portforward: 'portForward',
};

/** What the API calls `stdin` the kubelet calls `input`, and so on. */
const KUBELET_FLAGS: { readonly [name: string]: string } = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/** Passes an upgrade (exec, attach, port-forward) through to the kubelet, byte for byte after the handshake. */
export function proxyUpgrade(api: Api, request: ApiRequest, socket: Duplex, head: Buffer): void {
  socket.once('error', () => socket.destroy());
  try {
    connect(api, request, socket, head);
  } catch (error) {
    refuseUpgrade(socket, error);
  }
}

function connect(api: Api, request: ApiRequest, socket: Duplex, head: Buffer): void {
  const { resource, namespace, name, subresource = '' } = parseRoute(api.registry, request.path);
  const place = KUBELET_PATHS[subresource];
  if (resource.shelf !== 'pods' || name === undefined || place === undefined) throw noSuchPath();
  const pod = getObject(api, resource, namespace, name);
  if (textAt(pod, 'spec', 'nodeName') === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const container = subresource === 'portforward' ? '' : `/${containerOf(pod, request.query.get('container') ?? '')}`;
  const path = `/${place}/${namespace}/${name}${container}?${kubeletQuery(request.query).toString()}`;
  const upstream = httpRequest({
    ...kubeletOf(api, pod),
    path,
    method: request.method,
    headers: request.message.headers,
  });
  upstream.once('upgrade', (answer, kubelet, rest) => {
    socket.write(headOf(answer));
    if (rest.length > 0) socket.write(rest);
    if (head.length > 0) kubelet.write(head);
    join(socket, kubelet);
  });
  upstream.once('response', (answer) => {
    socket.write(headOf(answer));
    answer.pipe(socket);
  });
  upstream.once('error', (error) => refuseUpgrade(socket, error));
  upstream.end();
}

/** The query goes on as it is, and once more in the kubelet's own words. */
function kubeletQuery(query: URLSearchParams): URLSearchParams {
  const result = new URLSearchParams(query);
  result.delete('container');
  for (const [name, renamed] of Object.entries(KUBELET_FLAGS)) {
    result.delete(name);
    if (flagParam(query, name)) result.set(renamed, '1');
  }
  return result;
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function join(one: Duplex, other: Duplex): void {
  one.pipe(other);
  other.pipe(one);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const known = error instanceof ApiError ? error : new ApiError(502, 'BadGateway', String(error));
  const body = JSON.stringify(known.toStatus());
  socket.end(
    `HTTP/1.1 ${known.code} ${known.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
