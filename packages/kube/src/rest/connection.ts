import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { KubeError } from '../kube-error.ts';
import { Credentials } from './credentials.ts';
import type { KubeConfig } from './find-config.ts';

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** From the first byte sent to the answer's headers; `read` goes on within the same limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The body; leaving it early closes the connection. */
  readonly body: IncomingMessage;
  /** The whole body as text, within the time limit of the exchange. */
  read(): Promise<string>;
  /** Lifts the time limit, for bodies that last. */
  stay(): void;
  /** Ends the exchange, wherever it is. */
  end(): void;
}

export interface ConnectionOptions {
  /** Told after each request: the HTTP status, or `error` when there was no answer. */
  readonly onRequest?: ((code: string) => void) | undefined;
  /** Who calls, for the audit log of the API server; what a header cannot hold becomes `?`. */
  readonly userAgent?: string | undefined;
}

/** Sends single requests to one API server and keeps its connections. A failed one is a transient `KubeError`, an aborted one the abort. */
export class Connection {
  readonly #server: URL;
  readonly #credentials: Credentials;
  readonly #agent: http.Agent;
  readonly #onRequest: (code: string) => void;
  readonly #userAgent: string;

  constructor(config: KubeConfig, { onRequest = () => {}, userAgent = 'holdfast' }: ConnectionOptions = {}) {
    this.#server = new URL(config.cluster.server);
    this.#credentials = new Credentials(config);
    this.#agent = agentFor(config);
    this.#onRequest = onRequest;
    this.#userAgent = userAgent.replaceAll(/[^ -~]/g, '?');
  }

  get server(): string {
    return this.#server.origin;
  }

  /** One exchange; after a 401 one more with credentials read anew. */
  async send(exchange: Exchange): Promise<Answer> {
    const answer = await this.#exchange(exchange);
    if (answer.status !== 401) return answer;
    answer.end();
    this.#credentials.renew();
    return this.#exchange(exchange);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #exchange(exchange: Exchange): Promise<Answer> {
    exchange.signal?.throwIfAborted();
    const { headers, tls } = await this.#credentials.present();
    exchange.signal?.throwIfAborted(); // a listener that comes after the abort is never called
    const body = exchange.body === undefined ? undefined : Buffer.from(JSON.stringify(exchange.body));
    const base = this.#server.pathname.replace(/\/$/, '');
    const secure = this.#server.protocol === 'https:';
    const request = (secure ? https : http).request(new URL(base + exchange.path, this.#server), {
      ...(secure && tls),
      method: exchange.method,
      agent: this.#agent,
      headers: {
        ...headers,
        Accept: 'application/json',
        'User-Agent': this.#userAgent,
        ...(body && { 'Content-Type': exchange.contentType ?? 'application/json', 'Content-Length': body.length }),
      },
    });
    return answerOf(request, body, exchange, {
      server: this.server,
      seen: this.#onRequest,
    });
  }
}

function agentFor({ cluster }: KubeConfig): http.Agent {
  const secure = cluster.server.startsWith('https:');
  const proxy = cluster.proxyUrl;
  if (proxy && !/^https?:/.test(proxy)) {
    throw new KubeError('terminal', 'proxy-url of the kubeconfig is neither http nor https; use such a proxy, or none');
  }
  // Longer idle times lose against load balancers that forget connections after a minute without a word.
  const options = { keepAlive: true, keepAliveMsecs: 30_000, timeout: 0, scheduling: 'lifo' as const };
  const proxyEnv = proxy ? { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } } : {};
  return secure ? new https.Agent({ ...options, ...proxyEnv }) : new http.Agent({ ...options, ...proxyEnv });
}

interface Notes {
  readonly server: string;
  seen(code: string): void;
}

function answerOf(request: ClientRequest, body: Buffer | undefined, exchange: Exchange, notes: Notes): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const limit = limitTime(request, exchange, notes.server);
  let answered = false;
  request.once('response', (response) => {
    answered = true;
    notes.seen(String(response.statusCode));
    response.once('close', limit.lift);
    resolve({
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: response,
      read: () => textOf(response).catch((error: unknown) => Promise.reject(limit.explain(error))),
      stay: limit.stay,
      end: () => void request.destroy(),
    });
  });
  request.on('error', (error) => {
    limit.lift();
    if (!answered) notes.seen('error');
    reject(limit.explain(error));
  });
  request.end(body);
  return promise;
}

interface TimeLimit {
  stay(): void;
  lift(): void;
  explain(error: unknown): unknown;
}

/** Ends the request at its time limit or at the caller's abort, and later tells which of them (or what else) it was. */
function limitTime(request: ClientRequest, exchange: Exchange, server: string): TimeLimit {
  const { signal, timeoutMs, method } = exchange;
  const path = exchange.path.split('?')[0];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    request.destroy(new Error('time limit'));
  }, timeoutMs);
  const abort = (): void => void request.destroy(new Error('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  return {
    stay: () => clearTimeout(timer),
    lift() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
    explain(cause) {
      if (signal?.aborted) return signal.reason;
      const trouble = late ? `did not answer within ${timeoutMs} ms` : `could not be reached (${codeOf(cause)})`;
      return new KubeError('transient', `the API server ${server} ${trouble}: ${method} ${path}`, { cause });
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
