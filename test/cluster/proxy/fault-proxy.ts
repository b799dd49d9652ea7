import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { actBefore, Faults, proxied, type ProxiedRequest, type RequestPredicate } from './faults.ts';
import { forward } from './forward.ts';

/** One request as it passed the proxy. */
export interface PassedRequest extends ProxiedRequest {
  /** When it was over. */
  readonly at: Date;
  /** 0 when the connection was cut before an answer. */
  readonly status: number;
}

/** A plain HTTP proxy with faults on demand, for the API server of any kind. */
export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  /** Every request that was answered since the start or the last `forget`. */
  readonly passed: readonly PassedRequest[];
  /** How many passed requests match; counts status writes, for example. */
  count(matches: (request: PassedRequest) => boolean): number;
  forget(): void;
  /** Cuts every open watch once; answers how many there were. */
  dropWatches(matches?: RequestPredicate): number;
  /** Open and new watches stay connected and say nothing, until the answered function is called; silent ones are then cut. */
  silenceWatches(matches?: RequestPredicate): () => void;
  /** Refuses every connection and cuts the open ones, as a server that is gone. */
  disconnect(): Promise<void>;
  /** Listens again on the same port. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on loopback before `url` (`http://host:port`, or `https:` with the server's authority); who calls says himself who he is. */
export async function startFaultProxy(target: { url: string; ca?: string }): Promise<FaultProxy> {
  const proxy = new WatchfulProxy(target);
  await proxy.reconnect();
  return proxy;
}

interface OpenWatch {
  readonly request: ProxiedRequest;
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
  silent: boolean;
}

/** Most requests remembered; a long demo shall not fill the memory. */
const mostPassed = 100_000;

class WatchfulProxy implements FaultProxy {
  readonly faults = new Faults();
  readonly passed: PassedRequest[] = [];
  port = 0;
  readonly #target: { readonly url: string; readonly ca?: string };
  readonly #watches = new Set<OpenWatch>();
  readonly #sockets = new Set<Socket>();
  #silences: RequestPredicate[] = [];
  #server: ReturnType<typeof createServer> | undefined;

  constructor(target: { url: string; ca?: string }) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  count(matches: (request: PassedRequest) => boolean): number {
    return this.passed.filter(matches).length;
  }

  forget(): void {
    this.passed.length = 0;
  }

  dropWatches(matches: RequestPredicate = () => true): number {
    const dropped = [...this.#watches].filter(({ request }) => matches(request));
    for (const watch of dropped) cut(watch);
    return dropped.length;
  }

  silenceWatches(matches: RequestPredicate = () => true): () => void {
    this.#silences.push(matches);
    for (const watch of this.#watches) watch.silent ||= matches(watch.request);
    return () => {
      this.#silences = this.#silences.filter((each) => each !== matches);
      for (const watch of this.#watches) if (watch.silent && matches(watch.request)) cut(watch);
    };
  }

  async disconnect(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
  }

  async reconnect(): Promise<void> {
    if (this.#server) return;
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  close(): Promise<void> {
    return this.disconnect();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = proxied(request);
    const fault = this.faults.take(asked);
    response.once('close', () => this.#remember(asked, response.headersSent ? response.statusCode : 0));
    try {
      if (await actBefore(fault, request, response)) return;
      const answer = await forward(request, this.#target.url, request.headers, this.#target.ca);
      if (fault?.kind === 'cutAfter') {
        answer.resume();
        return void request.socket.destroy();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders(); // a watch begins with its head, long before its first event
      this.#stream(asked, answer, response, fault?.kind === 'truncate' ? fault.bytes : Infinity);
    } catch (error) {
      if (response.headersSent || request.socket.destroyed) return void response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain' }).end(`fault proxy: ${String(error)}`);
    }
  }

  #stream(request: ProxiedRequest, answer: IncomingMessage, response: ServerResponse, most: number): void {
    const watch: OpenWatch = { request, answer, response, silent: this.#silences.some((matches) => matches(request)) };
    const watches = ['1', 'true'].includes(request.query.get('watch') ?? '');
    if (watches) this.#watches.add(watch);
    let left = most;
    answer.on('data', (chunk: Buffer) => {
      if (watches && watch.silent) return;
      if (!response.write(chunk.subarray(0, left))) answer.pause();
      left -= chunk.length;
      if (left <= 0) cut(watch);
    });
    response.on('drain', () => answer.resume());
    answer.once('end', () => response.end());
    answer.once('error', () => response.destroy());
    response.once('close', () => {
      this.#watches.delete(watch);
      answer.destroy();
    });
  }

  /** Exec and port-forward: bytes go both ways as they come. */
  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { hostname, port, protocol } = new URL(this.#target.url);
    const place = { host: hostname, port: Number(port) };
    const begin = () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2)
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    };
    const upstream: Socket =
      protocol === 'https:' ? connectSecurely({ ...place, ca: this.#target.ca }, begin) : connect(place, begin);
    upstream.once('error', () => socket.destroy());
    socket.once('error', () => upstream.destroy());
    socket.once('close', () => upstream.destroy());
    this.#remember(proxied(request), 101);
  }

  #remember(request: ProxiedRequest, status: number): void {
    if (this.passed.length >= mostPassed) this.passed.splice(0, mostPassed / 2);
    this.passed.push({ ...request, status, at: new Date() });
  }
}

function cut({ answer, response }: OpenWatch): void {
  answer.destroy();
  response.destroy();
}

/** The Status object that an API server answers an error with, as a fault action. */
export function apiFault(status: 409 | 410 | 429 | 500 | 503, retryAfterSeconds?: number) {
  const reasons = {
    409: 'Conflict',
    410: 'Expired',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
  };
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    reason: reasons[status],
    message: 'injected fault',
  };
  return {
    kind: 'status' as const,
    status,
    headers: {
      'content-type': 'application/json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify(body),
  };
}
