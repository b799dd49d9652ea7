import type { ServerResponse } from 'node:http';
import { ApiError, badRequest, expired } from './api-error.ts';
import type { Api } from './api.ts';
import type { Json, JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { represent } from './representation.ts';
import type { Representation } from './representation.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { Resource } from './resources/resource.ts';
import type { Change } from './store.ts';
import { compileSelection } from './verbs/select.ts';
import type { Selection, Selects } from './verbs/select.ts';
import { inVersion } from './verbs/update.ts';

/** What a client asks of a watch. */
export interface WatchOptions {
  readonly selection: Selection;
  readonly resourceVersion: string;
  readonly allowBookmarks: boolean;
  /** How long the watch lasts, in real time. */
  readonly timeoutMs: number;
  readonly how: Representation;
}

/** How often a quiet watch says where it stands. */
export const BOOKMARK_EVERY_MS = 10_000;

/** Streams changes as JSON lines until the client leaves, the time is over, or the server stops. */
export function serveWatch(
  api: Api,
  resource: Resource,
  options: WatchOptions,
  response: ServerResponse,
  signal: AbortSignal,
): void {
  const selects = compileSelection(resource, options.selection);
  const from = startOf(api, options.resourceVersion);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const send = (type: string, object: JsonObject): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const missed = from === undefined ? [] : api.store.since(from);
  if (missed === undefined) {
    send('ERROR', expired(`too old resource version: ${from} (${api.store.revision})`).toStatus());
    response.end();
    return;
  }
  const show = (object: KubeObject): JsonObject =>
    represent(resource, inVersion(resource, object), options.how, api.now());
  const tell = (change: Change): void => {
    const event = eventFor(change, resource.shelf, selects);
    if (event) send(event.type, show(event.object));
  };
  if (from === undefined)
    sendExisting(api, resource, options.selection, selects, (object) => send('ADDED', show(object)));
  for (const change of missed) tell(change);
  keepOpen(api, resource, options, response, { tell, send, signal });
}

/** The revision to start after; `undefined` means "now, and first everything there is". */
function startOf(api: Api, resourceVersion: string): number | undefined {
  if (resourceVersion === '' || resourceVersion === '0') return undefined;
  const revision = Number(resourceVersion);
  if (!Number.isInteger(revision) || revision < 0) throw badRequest(`invalid resource version "${resourceVersion}"`);
  if (revision <= api.store.revision) return revision;
  // A version from the future comes from another life of this server: the client must list again.
  throw new ApiError(504, 'Timeout', `Too large resource version: ${revision}, current: ${api.store.revision}`, {
    retryAfterSeconds: 1,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  });
}

function sendExisting(
  api: Api,
  resource: Resource,
  selection: Selection,
  selects: Selects,
  send: (object: KubeObject) => void,
): void {
  for (const object of api.store.list(resource.shelf, selection.namespace)) if (selects(object)) send(object);
}

/** What a selection sees of a change: entering it is ADDED, leaving it is DELETED. */
export function eventFor(change: Change, shelf: string, selects: Selects): Pick<Change, 'type' | 'object'> | undefined {
  if (change.shelf !== shelf) return undefined;
  const { type, object, previous } = change;
  const isIn = type !== 'DELETED' && selects(object);
  const wasIn = previous !== undefined && selects(previous);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object };
  if (!wasIn) return undefined;
  if (type === 'DELETED') return { type, object };
  const { resourceVersion = '' } = object.metadata;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

interface Stream {
  readonly tell: (change: Change) => void;
  readonly send: (type: string, object: JsonObject) => void;
  readonly signal: AbortSignal;
}

function keepOpen(api: Api, resource: Resource, options: WatchOptions, response: ServerResponse, stream: Stream): void {
  const unsubscribe = api.store.subscribe(stream.tell);
  const bookmark = (): void => {
    if (options.allowBookmarks) stream.send('BOOKMARK', bookmarkOf(api, resource, options.how));
  };
  const bookmarks = setInterval(bookmark, BOOKMARK_EVERY_MS);
  const end = (): void => {
    bookmark();
    response.end();
  };
  const timeout = setTimeout(end, options.timeoutMs);
  const stop = (): void => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
    stream.signal.removeEventListener('abort', end);
  };
  response.once('close', stop);
  stream.signal.addEventListener('abort', end, { once: true });
}

function bookmarkOf(api: Api, resource: Resource, how: Representation): JsonObject {
  const metadata: { [name: string]: Json } = { resourceVersion: String(api.store.revision), creationTimestamp: null };
  if (how.shape === 'table') {
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    return {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: {},
      columnDefinitions: [],
      rows: [{ cells: [], object: partial }],
    };
  }
  if (how.shape === 'partial') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}
