import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { readLog, type LogQuery } from './container-log.ts';
import { execInside } from './exec.ts';
import type { PodRunner } from './pod-runner.ts';

type FindRunner = (namespace: string, pod: string) => PodRunner | undefined;

/** PEM of a kubelet's certificate and key, and of the authority that its callers come from. */
export interface KubeletTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The kubelet's own HTTP server on loopback: `/containerLogs/N/P/C` and `/exec/N/P/C`, as the API server asks for them. */
export async function startKubeletServer(
  find: FindRunner,
  tls?: KubeletTls,
): Promise<{ port: number; close: () => Promise<void> }> {
  const closing = new AbortController();
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, find, closing.signal).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  };
  const server = tls
    ? createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true }, serve)
    : createServer(serve);
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find((name) => offered.has(name)) ?? false,
  });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://kubelet');
    const [verb, namespace = '', pod = '', container = ''] = url.pathname.split('/').filter(Boolean);
    const reach = verb === 'exec' ? find(namespace, pod)?.reachInside(container) : undefined;
    if (!reach) return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (channel) => execInside(channel, reach, url.searchParams));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      closing.abort();
      for (const client of sockets.clients) client.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: FindRunner,
  closing: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://kubelet');
  const [verb, namespace = '', pod = '', container = ''] = url.pathname.split('/').filter(Boolean);
  if (verb === 'healthz') return void response.end('ok');
  if (verb !== 'containerLogs') return void response.writeHead(404).end(`this kubelet has no ${url.pathname}`);
  const runner = find(namespace, pod);
  if (!runner?.hasContainer(container)) {
    return void response.writeHead(404).end(`container ${container} not found in pod ${namespace}/${pod}`);
  }
  await sendLog(runner, container, url.searchParams, response, closing);
}

async function sendLog(
  runner: PodRunner,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const previous = query.get('previous') === 'true';
  const file = runner.logFile(container, previous);
  if (!file)
    return void response
      .writeHead(400)
      .end(`container "${container}" in pod "${runner.pod.metadata.name}" has not started`);
  const left = new AbortController();
  response.once('close', () => left.abort());
  response.writeHead(200, { 'content-type': 'text/plain' });
  const ended = () => previous || runner.isContainerOver(container) || runner.logFile(container, false) !== file;
  for await (const text of readLog(file, logQuery(query), ended, AbortSignal.any([left.signal, closing]))) {
    if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

function logQuery(query: URLSearchParams): LogQuery {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const since = sinceTime
    ? new Date(sinceTime)
    : sinceSeconds === undefined
      ? undefined
      : new Date(Date.now() - sinceSeconds * 1000);
  const tailLines = number('tailLines');
  const limitBytes = number('limitBytes');
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(since && { since }),
  };
}
