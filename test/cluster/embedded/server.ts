import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from './api-error.ts';
import type { Api } from './api.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { handle } from './handle.ts';
import { proxyUpgrade } from './kubelet-proxy.ts';
import { Registry } from './registry.ts';
import { readHead } from './request.ts';
import { Store } from './store.ts';

/** A running API server. */
export interface EmbeddedApiServer {
  /** `http://127.0.0.1:<port>`, fit for a kubeconfig. */
  readonly url: string;
  readonly port: number;
  /** Ends watches and connections and stops the controllers. What was stored is gone. */
  close(): Promise<void>;
}

/** How the server is started. */
export interface ApiServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** The clock behind every timestamp and deadline. */
  readonly now?: () => Date;
  /** When given, requests need it as their bearer token. */
  readonly token?: string;
  readonly log?: (line: string) => void;
  /** How many changes a watch may lag behind before it is told to list again. */
  readonly historyLength?: number;
}

/** Starts a small Kubernetes API server with its controllers, in memory, on the loopback address. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<EmbeddedApiServer> {
  const store = new Store(options.historyLength);
  const api: Api = {
    store,
    registry: new Registry(store),
    now: options.now ?? (() => new Date()),
    log: options.log ?? (() => undefined),
  };
  const stopping = new AbortController();
  const stopControllers = startControllers(api);
  const server = createServer((message, response) => {
    void answer(api, options.token, message, response, stopping.signal);
  });
  server.on('upgrade', (message, socket, head) => {
    if (isAllowed(message, options.token)) proxyUpgrade(api, readHead(message), socket, head);
    else socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  });
  // A watch may be silent for long; only the client's own time limit ends it.
  server.requestTimeout = 0;
  // Node closes idle connections after 5 s, and a client that uses one in that very moment is reset; real API servers wait for minutes.
  server.keepAliveTimeout = 0;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      stopControllers();
      stopping.abort();
      await closeServer(server);
    },
  };
}

async function answer(
  api: Api,
  token: string | undefined,
  message: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (!isAllowed(message, token)) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    await handle(api, readHead(message), response, signal);
  } catch (error) {
    const known = error instanceof ApiError ? error : unexpected(api, message, error);
    if (response.headersSent) response.destroy();
    else {
      response.writeHead(known.code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known.toStatus()));
    }
  }
}

function isAllowed(message: IncomingMessage, token: string | undefined): boolean {
  return token === undefined || message.headers.authorization === `Bearer ${token}`;
}

function unexpected(api: Api, message: IncomingMessage, error: unknown): ApiError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  api.log(`${message.method} ${message.url} failed: ${text}`);
  return new ApiError(
    500,
    'InternalError',
    `Internal error occurred: ${error instanceof Error ? error.message : text}`,
  );
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
