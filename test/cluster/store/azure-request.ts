import type { IncomingMessage } from 'node:http';
import type { StoreOperation } from './store-events.ts';
import type { Dialect, StoreRequest } from './store-request.ts';

/** Azure Blob, the account first in the path. */
export const azureDialect: Dialect = { parse: parseAzureRequest, keysToRemove };

/** https://learn.microsoft.com/rest/api/storageservices/operations-on-blobs names the requests. */
function parseAzureRequest(request: IncomingMessage): StoreRequest {
  const url = new URL(request.url ?? '/', 'http://store');
  const { container, key } = placeOf(url.pathname);
  const method = request.method ?? 'GET';
  const removesMany = method === 'POST' && url.searchParams.get('comp') === 'batch';
  return {
    method,
    bucket: container,
    key,
    operation: removesMany
      ? 'remove'
      : operationOf(method, key, url.searchParams, 'x-ms-copy-source' in request.headers),
    query: url.searchParams,
    createOnly: request.headers['if-none-match'] === '*',
    removesMany,
  };
}

/** Each part of a batch is a request of its own with a request line. */
function keysToRemove(body: string): string[] {
  return [...body.matchAll(/^DELETE (\S+) HTTP/gm)].map(([, path = '']) => placeOf(path.split('?')[0] ?? '').key);
}

function placeOf(path: string): { container: string; key: string } {
  const [, container = '', ...rest] = path.slice(1).split('/').map(decodeURIComponent);
  return { container, key: rest.join('/') };
}

function operationOf(method: string, key: string, query: URLSearchParams, copies: boolean): StoreOperation {
  const part = query.get('comp');
  if (!key) return part === 'list' ? 'list' : 'bucket';
  if (method === 'GET') return part === null ? 'read' : 'other';
  if (method === 'HEAD') return 'head';
  if (method === 'DELETE') return 'remove';
  if (method !== 'PUT') return 'other';
  if (part === 'block') return 'uploadPart';
  if (part === 'blocklist') return 'complete';
  return part === null ? (copies ? 'copy' : 'put') : 'other';
}
