import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface ProbesOptions {
  /** 0 takes a free port; the log line `listening` names it. */
  readonly port: number;
  /** Address to bind to. Default: all interfaces, which in a pod is the pod's own address. */
  readonly host?: string;
  /** When set, metrics and the details of health are only for those who send it as a bearer token; probes need none. */
  readonly token?: string | undefined;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Probes {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics`, and nothing that changes anything. */
export async function openProbes(options: ProbesOptions): Promise<Probes> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5000, maxHeaderSize: 8192 },
    (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.log.error({ err: error }, 'request failed');
        if (!response.headersSent) send(response, 500, 'text/plain', 'failed; the log says why\n');
      });
    },
  );
  server.listen(options.port, options.host);
  await once(server, 'listening'); // rejects when the port is taken
  const { port } = server.address() as AddressInfo;
  options.log.info({ port }, 'listening');
  return { port, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ProbesOptions): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain', 'only GET and HEAD\n');
  }
  const trusted = isTrusted(request, options.token);
  switch (pathOf(request)) {
    case '/healthz': {
      const report = await options.health.report();
      const { state, checks } = report;
      return sendJson(response, state === 'dead' ? 503 : 200, trusted ? { state, checks } : { state });
    }
    case '/readyz': {
      const { ready, reason, state, checks } = await options.health.report();
      return sendJson(response, ready ? 200 : 503, trusted ? { ready, reason, state, checks } : { ready });
    }
    case '/metrics': {
      if (!trusted) {
        response.setHeader('www-authenticate', 'Bearer');
        return send(response, 401, 'text/plain', 'send the bearer token of this installation\n');
      }
      const { contentType, body } = await options.metrics.scrape();
      return send(response, 200, contentType, body);
    }
    default:
      return send(response, 404, 'text/plain', 'there are /healthz, /readyz and /metrics\n');
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** Compares digests, so that neither the token's length nor its beginning can be found by timing. */
function isTrusted(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
