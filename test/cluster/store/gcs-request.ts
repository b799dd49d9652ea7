import type { IncomingMessage } from 'node:http';
import { rewriteIn } from './gcs-gaps.ts';
import type { StoreOperation } from './store-events.ts';
import type { Dialect, StoreRequest } from './store-request.ts';

/** The JSON API of Google Cloud Storage. The name of an object stands only in the request that begins a session: `sessions` remembers it. */
export function gcsDialect(sessions: ReadonlyMap<string, { readonly name: string }>): Dialect {
  return {
    answers: 'json',
    keysToRemove: () => [],
    parse: (request) => parseGcsRequest(request, (id) => sessions.get(id)?.name ?? ''),
  };
}

/** https://cloud.google.com/storage/docs/json_api/v1 names the requests. */
function parseGcsRequest(request: IncomingMessage, nameOf: (session: string) => string): StoreRequest {
  const url = new URL(request.url ?? '/', 'http://store');
  const copy = rewriteIn(url.pathname);
  if (copy) return copyRequest(request, url, copy);
  const [, bucket = '', named = ''] = /\/storage\/v1\/b\/([^/]+)(?:\/o(?:\/(.+))?)?$/.exec(url.pathname) ?? [];
  const session = url.searchParams.get('upload_id');
  const key = named ? decodeURIComponent(named) : session ? nameOf(session) : (url.searchParams.get('name') ?? '');
  const method = request.method ?? 'GET';
  return {
    method,
    bucket: decodeURIComponent(bucket),
    key,
    operation: url.pathname.startsWith('/upload/')
      ? uploadOf(method, url.searchParams, request.headers['content-range'])
      : operationOf(method, key, { query: url.searchParams, isListing: url.pathname.endsWith('/o') }),
    query: url.searchParams,
    createOnly: false,
    removesMany: false,
  };
}

function copyRequest(
  { method = 'POST' }: IncomingMessage,
  { searchParams: query }: URL,
  { bucket, name }: { bucket: string; name: string },
): StoreRequest {
  const to = { bucket: decodeURIComponent(bucket), key: decodeURIComponent(name) };
  return { method, ...to, operation: 'copy', query, createOnly: false, removesMany: false };
}

function uploadOf(method: string, query: URLSearchParams, range: string | undefined): StoreOperation {
  if (method === 'POST') return query.get('uploadType') === 'resumable' ? 'startUpload' : 'put';
  if (method === 'DELETE') return 'abortUpload';
  return range !== undefined && /^bytes \d+-\d+\/\d+$/.test(range) ? 'complete' : 'uploadPart';
}

function operationOf(
  method: string,
  key: string,
  { query, isListing }: { query: URLSearchParams; isListing: boolean },
): StoreOperation {
  if (isListing && method === 'GET') return 'list';
  if (!key) return 'bucket';
  if (method === 'GET') return query.get('alt') === 'media' ? 'read' : 'head';
  return method === 'DELETE' ? 'remove' : 'other';
}
