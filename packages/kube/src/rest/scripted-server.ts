import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connection } from './connection.ts';
import { RestKube } from './rest-kube.ts';

export type Scene = (request: IncomingMessage, response: ServerResponse) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly kube: RestKube;
  /** `METHOD path?query` of each request so far. */
  readonly requests: string[];
  readonly codes: string[];
}

/** A server for tests that plays its scenes in order, one a request, and repeats the last one. */
export async function scriptedServer(
  scenes: readonly Scene[],
  options: { readonly timeoutMs?: number; readonly user?: object; readonly userAgent?: string | undefined } = {},
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const codes: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const scene = scenes[Math.min(requests.length, scenes.length) - 1];
    if (scene) scene(request, response);
    else response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = { cluster: { name: 'c', server: url, skipTLSVerify: false }, user: { name: 'u', ...options.user } };
  const connection = new Connection(config, { onRequest: (code) => codes.push(code), userAgent: options.userAgent });
  const kube = new RestKube(connection, { timeoutMs: options.timeoutMs ?? 5000, pauseMs: 5 });
  return {
    url,
    kube,
    requests,
    codes,
    async [Symbol.asyncDispose]() {
      kube.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sends(status: number, body: unknown, headers: Record<string, string> = {}): Scene {
  return (_, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
}

/** An API server's own refusal. */
export function refuses(code: number, reason: string, message = reason, headers: Record<string, string> = {}): Scene {
  return sends(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, headers);
}

/** A watch that sends these events and then ends, stays silent or breaks off. */
export function streams(events: readonly unknown[], then: 'end' | 'silence' | 'break'): Scene {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of events) response.write(`${JSON.stringify(event)}\n`);
    if (then === 'end') response.end();
    if (then === 'break') setImmediate(() => response.destroy());
  };
}

export function aSecret(name: string, resourceVersion: string, extra: object = {}): object {
  const metadata = {
    name,
    namespace: 'n',
    uid: `uid-${name}`,
    resourceVersion,
    creationTimestamp: '2026-03-01T02:00:00Z',
  };
  return { metadata: { ...metadata, ...extra } };
}

export function aList(resourceVersion: string, items: readonly object[], continueToken?: string): Scene {
  const metadata = { resourceVersion, ...(continueToken && { continue: continueToken }) };
  return sends(200, { kind: 'SecretList', apiVersion: 'v1', metadata, items });
}
