import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';

/** Anything the API server hands out. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

/** How an API server is reached, and as whom. */
export interface ApiAccess {
  /** `http://host:port` or `https://host:port` */
  readonly url: string;
  readonly token?: string;
  /** PEM of the authority that its certificate comes from. */
  readonly ca?: string;
  /** Name that its certificate is for, where that is not the host of the URL. For kubeconfigs. */
  readonly serverName?: string;
}

/** The API server answered with something else than success. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export type PatchKind = 'merge' | 'strategic' | 'json';

/** A small client for JSON: what a kubelet and a cluster's start-up need. */
export class ApiClient {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #secure: boolean;
  readonly #agent: http.Agent;

  /** A URL alone stands for a server that asks nobody who he is. */
  constructor(access: ApiAccess | string) {
    const { url, token, ca } = typeof access === 'string' ? { url: access } : access;
    this.url = url.replace(/\/$/, '');
    this.#token = token;
    this.#secure = this.url.startsWith('https:');
    const connections = { keepAlive: true, maxSockets: 32 };
    this.#agent = this.#secure ? new https.Agent({ ...connections, ...(ca && { ca }) }) : new http.Agent(connections);
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path);
  }

  /** An answer that is no JSON, such as a log. */
  async text(path: string): Promise<string> {
    const response = await this.#open('GET', path, undefined, undefined, AbortSignal.timeout(30_000));
    if (response.statusCode !== 200) throw await apiError(response);
    return textOf(response);
  }

  /** Missing is a value. */
  async find<T>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('POST', path, body);
  }

  replace<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('PUT', path, body);
  }

  patch<T>(path: string, body: unknown, kind: PatchKind = 'merge'): Promise<T> {
    const name = { merge: 'merge-patch', strategic: 'strategic-merge-patch', json: 'json-patch' }[kind];
    return this.#send<T>('PATCH', path, body, `application/${name}+json`);
  }

  delete<T>(path: string, body?: unknown): Promise<T> {
    return this.#send<T>('DELETE', path, body);
  }

  /** One line per event until the server ends the stream or `signal` fires. */
  async *watch(
    path: string,
    signal: AbortSignal,
  ): AsyncGenerator<{ type: string; object: KubeObject & { code?: number } }> {
    const response = await this.#open('GET', path, undefined, undefined, signal);
    try {
      if (response.statusCode !== 200) throw await apiError(response);
      for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
        if (line) yield JSON.parse(line) as { type: string; object: KubeObject };
      }
    } finally {
      response.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send<T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    const response = await this.#open(method, path, body, contentType, AbortSignal.timeout(30_000));
    if ((response.statusCode ?? 500) >= 300) throw await apiError(response);
    return JSON.parse(await textOf(response)) as T;
  }

  #open(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = (this.#secure ? https : http).request(
        `${this.url}${path}`,
        {
          method,
          agent: this.#agent,
          ...(signal && { signal }),
          headers: {
            accept: 'application/json, */*;q=0.5',
            ...(this.#token && { authorization: `Bearer ${this.#token}` }),
            ...(payload !== undefined && {
              'content-type': contentType ?? 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
          },
        },
        resolve,
      );
      sent.once('error', reject);
      sent.end(payload);
    });
  }
}

async function apiError(response: IncomingMessage): Promise<ApiError> {
  const text = await textOf(response);
  const status = response.statusCode ?? 0;
  try {
    const parsed = JSON.parse(text) as { reason?: string; message?: string };
    return new ApiError(status, parsed.reason ?? '', parsed.message ?? text);
  } catch {
    return new ApiError(status, '', `HTTP ${status}: ${text.slice(0, 300)}`); // a proxy in between speaks plain text
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
