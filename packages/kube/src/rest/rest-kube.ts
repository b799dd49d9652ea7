import { KubeError } from '../kube-error.ts';
import type {
  Kube,
  ListOptions,
  ObjectKey,
  Page,
  PodLogOptions,
  RemoveOptions,
  WatchEvent,
  WatchOptions,
} from '../kube.ts';
import type { KubeDraft, KubeObject } from '../objects.ts';
import { apiVersionOf, resources, type ResourceType } from '../resources.ts';
import type { Answer, Connection, Exchange } from './connection.ts';
import { collectionPath, objectPath, selectionQuery, withQuery } from './paths.ts';
import { errorFor, readRefusal, saysMissing, type Asked, type Refused } from './refusal.ts';
import { retry } from './retry.ts';
import { watchStream } from './watch-stream.ts';

type Request = Omit<Exchange, 'timeoutMs'> & { readonly asked: Asked };

/** `Kube` over HTTP. Objects travel as the JSON they are, so unknown fields survive. */
export class RestKube implements Kube {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #pauseMs: number;

  /** @param limits `timeoutMs` of one try; `pauseMs` before the second one at most, doubling */
  constructor(connection: Connection, limits: { readonly timeoutMs: number; readonly pauseMs?: number }) {
    this.#connection = connection;
    this.#timeoutMs = limits.timeoutMs;
    this.#pauseMs = limits.pauseMs ?? 250;
  }

  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T | undefined> {
    const asked = { verb: 'get', type, key };
    const answer = await this.#call<T>({ method: 'GET', path: objectPath(type, key), signal, asked });
    if (answer.ok) return answer.object;
    if (saysMissing(answer.refused)) return undefined;
    throw errorFor(answer.refused, asked);
  }

  async *list<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): AsyncGenerator<T> {
    let continueToken: string | undefined;
    do {
      const page = await this.listPage(type, { ...options, ...(continueToken && { continueToken }) }, signal);
      if (page === 'unserved') return;
      if (page === 'expired') {
        const message = `the list of ${type.plural} took so long that its next page expired; list again`;
        throw new KubeError('transient', message, { status: 410 });
      }
      yield* page.items;
      continueToken = page.continueToken;
    } while (continueToken);
  }

  async listPage<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions & { readonly continueToken?: string } = {},
    signal?: AbortSignal,
  ): Promise<Page<T> | 'expired' | 'unserved'> {
    const query = { ...selectionQuery(options), limit: String(options.limit ?? 500) };
    const path = withQuery(collectionPath(type, options.namespace), {
      ...query,
      ...(options.continueToken && { continue: options.continueToken }),
    });
    const asked = { verb: 'list', type, key: { ...(options.namespace && { namespace: options.namespace }) } };
    const answer = await this.#call<ListBody<T>>({ method: 'GET', path, signal, asked });
    if (!answer.ok && answer.refused.status === 410) return 'expired';
    if (!answer.ok && saysMissing(answer.refused)) return 'unserved';
    if (!answer.ok) throw errorFor(answer.refused, asked);
    return pageOf(type, answer.object);
  }

  async create<T extends KubeObject, D extends KubeDraft = KubeDraft>(
    type: ResourceType<T>,
    draft: D,
    signal?: AbortSignal,
  ): Promise<{ created: boolean; object: T }> {
    const { name, namespace } = draft.metadata;
    const key = { name, ...(namespace !== undefined && { namespace }) };
    objectPath(type, key);
    const body = { apiVersion: apiVersionOf(type), kind: type.kind, ...draft };
    const asked = { verb: 'create', type, key };
    const path = collectionPath(type, namespace);
    // Between "already exists" and our look at it the object may go away; then there is room for ours.
    for (let tries = 0; tries < 3; tries++) {
      const answer = await this.#call<T>({ method: 'POST', path, body, signal, asked });
      if (answer.ok) return { created: true, object: answer.object };
      if (answer.refused.reason !== 'AlreadyExists') throw errorFor(answer.refused, asked);
      const existing = await this.get(type, key, signal);
      if (existing) return { created: false, object: existing };
    }
    throw new KubeError('transient', `${type.kind} "${name}" comes and goes while it is being created`, {
      status: 409,
    });
  }

  replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'> {
    return this.#replace(type, object, undefined, signal);
  }

  replaceStatus<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'> {
    return this.#replace(type, object, 'status', signal);
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    options: { readonly subresource?: 'status' } = {},
    signal?: AbortSignal,
  ): Promise<T | 'conflict' | 'gone'> {
    const path = objectPath(type, key, options.subresource);
    const asked = { verb: 'patch', type, key, ...options };
    const contentType = 'application/merge-patch+json';
    return this.#written<T>({ method: 'PATCH', path, body: patch, contentType, signal, asked });
  }

  async remove(
    type: ResourceType,
    key: ObjectKey,
    options: RemoveOptions,
    signal?: AbortSignal,
  ): Promise<'removed' | 'absent' | 'replaced'> {
    const { uid, propagation } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: propagation,
      ...(uid !== undefined && { preconditions: { uid } }),
    };
    const asked = { verb: 'delete', type, key };
    const answer = await this.#call<unknown>({ method: 'DELETE', path: objectPath(type, key), body, signal, asked });
    if (answer.ok) return 'removed';
    if (saysMissing(answer.refused)) return 'absent';
    if (answer.refused.status === 409 && uid !== undefined) return 'replaced';
    throw errorFor(answer.refused, asked);
  }

  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, resourceVersion, timeoutSeconds = 300, silenceMs = 120_000 } = options;
    const path = withQuery(collectionPath(type, namespace), {
      ...selectionQuery(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    });
    const answer = await this.#send({ method: 'GET', path, signal });
    if (answer.status !== 200) {
      const refused = await readRefusal(answer);
      if (refused.status === 410) return yield { kind: 'expired' };
      throw errorFor(refused, { verb: 'watch', type, key: { ...(namespace && { namespace }) } });
    }
    answer.stay();
    options.onOpen?.();
    yield* watchStream<T>(answer, { what: type.plural, silenceMs, signal });
  }

  async podLog(
    key: { readonly namespace: string; readonly name: string },
    options: PodLogOptions,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const query = Object.entries(options).map(([name, value]) => [name, String(value)]);
    const path = withQuery(objectPath(resources.pods, key, 'log'), Object.fromEntries(query) as Record<string, string>);
    const asked = { verb: 'get', type: resources.pods, subresource: 'log', key };
    return retry(
      async () => {
        const answer = await this.#send({ method: 'GET', path, signal });
        if (answer.status === 200) {
          if (options.follow) answer.stay();
          return logBytes(answer, key.name, signal);
        }
        const refused = await readRefusal(answer);
        if (saysMissing(refused) || hasNoLogYet(refused)) return undefined;
        throw errorFor(refused, asked);
      },
      { signal, pauseMs: this.#pauseMs },
    );
  }

  close(): void {
    this.#connection.close();
  }

  async #replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    subresource: 'status' | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T | 'conflict' | 'gone'> {
    const { name, namespace, resourceVersion } = object.metadata;
    if (!resourceVersion)
      throw new TypeError(`${type.kind} "${name}" was not read from the API, so it cannot be replaced`);
    const key = { name, ...(namespace !== undefined && { namespace }) };
    const asked = { verb: 'update', type, key, ...(subresource && { subresource }) };
    const body = { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
    return this.#written<T>({ method: 'PUT', path: objectPath(type, key, subresource), body, signal, asked });
  }

  async #written<T>(request: Request): Promise<T | 'conflict' | 'gone'> {
    const answer = await this.#call<T>(request);
    if (answer.ok) return answer.object;
    if (answer.refused.status === 409) return 'conflict';
    if (saysMissing(answer.refused)) return 'gone';
    throw errorFor(answer.refused, request.asked);
  }

  /** Answers that may be values come back; trouble that may pass is tried again and thrown when it stays. */
  #call<T>(request: Request): Promise<{ ok: true; object: T } | { ok: false; refused: Refused }> {
    return retry(
      async () => {
        const answer = await this.#send(request);
        if (answer.status >= 200 && answer.status < 300) return { ok: true, object: await parsed<T>(answer, request) };
        const refused = await readRefusal(answer);
        const error = errorFor(refused, request.asked);
        if (error.fate === 'transient' && refused.status !== 409 && refused.status !== 410) throw error;
        return { ok: false, refused };
      },
      { signal: request.signal, pauseMs: this.#pauseMs },
    );
  }

  #send(exchange: Omit<Exchange, 'timeoutMs'>): Promise<Answer> {
    return this.#connection.send({ ...exchange, timeoutMs: this.#timeoutMs });
  }
}

interface ListBody<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** Objects in a listing come without their kind; with it they look as if read one by one. */
function pageOf<T extends KubeObject>(type: ResourceType<T>, body: ListBody<T>): Page<T> {
  if (body.items === undefined || body.metadata?.resourceVersion === undefined) {
    throw new KubeError('transient', `the answer to a list of ${type.plural} is no list`);
  }
  const items = (body.items ?? []).map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind }));
  const continueToken = body.metadata.continue;
  return { items, resourceVersion: body.metadata.resourceVersion, ...(continueToken && { continueToken }) };
}

async function parsed<T>(answer: Answer, { asked }: Request): Promise<T> {
  const text = await answer.read();
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new KubeError('transient', `the answer to "${asked.verb} ${asked.type.plural}" is not JSON`, { cause });
  }
}

/** The container has not been started, or has no earlier instance: both say 400. */
function hasNoLogYet({ status, message }: Refused): boolean {
  return status === 400 && /waiting to start|is not available|not found|has not been created/.test(message);
}

async function* logBytes(answer: Answer, pod: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer.body) yield chunk as Buffer;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new KubeError('transient', `the log of pod "${pod}" broke off`, { cause });
  } finally {
    answer.end();
  }
}
