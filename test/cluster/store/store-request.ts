import type { IncomingMessage } from 'node:http';
import type { StoreOperation } from './store-events.ts';

/** What a request to a store is about. */
export interface StoreRequest {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly operation: StoreOperation;
  readonly query: URLSearchParams;
  /** `If-None-Match: *`: make the object only when there is none. */
  readonly createOnly: boolean;
  /** The keys stand in the body. */
  readonly removesMany: boolean;
}

/** How requests of one kind of store are read. */
export interface Dialect {
  /** How objects are described in the bodies of answers. Default XML. */
  readonly answers?: 'json';
  readonly parse: (request: IncomingMessage) => StoreRequest;
  /** Keys in the body of a request that removes many. */
  readonly keysToRemove: (body: string) => string[];
}

/** S3, path style. */
export const s3Dialect: Dialect = { parse: parseStoreRequest, keysToRemove };

/** Reads bucket, key and meaning from a request's line and headers. */
function parseStoreRequest(request: IncomingMessage): StoreRequest {
  const url = new URL(request.url ?? '/', 'http://store');
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const method = request.method ?? 'GET';
  const key = rest.join('/');
  const removesMany = method === 'POST' && !key && url.searchParams.has('delete');
  return {
    method,
    bucket,
    key,
    operation: removesMany
      ? 'remove'
      : operationOf(method, key, url.searchParams, 'x-amz-copy-source' in request.headers),
    query: url.searchParams,
    createOnly: request.headers['if-none-match'] === '*',
    removesMany,
  };
}

/** The keys named in the body of a DeleteObjects request. */
function keysToRemove(body: string): string[] {
  return [...body.matchAll(/<Key>([\s\S]*?)<\/Key>/g)].map(([, key = '']) => unescapeXml(key));
}

/** Text of an XML element as written by S3 servers. */
export function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal: string, hex: string, name: string) =>
    decimal
      ? String.fromCodePoint(Number(decimal))
      : hex
        ? String.fromCodePoint(parseInt(hex, 16))
        : (named[name] ?? whole),
  );
}

function operationOf(method: string, key: string, query: URLSearchParams, copies: boolean): StoreOperation {
  if (!key) return method === 'GET' ? 'list' : 'bucket';
  if (method === 'GET') return 'read';
  if (method === 'HEAD') return 'head';
  if (method === 'DELETE') return query.has('uploadId') ? 'abortUpload' : 'remove';
  if (method === 'PUT' && query.has('partNumber')) return 'uploadPart';
  if (method === 'PUT') return [...query.keys()].some((name) => name !== 'x-id') ? 'other' : copies ? 'copy' : 'put';
  if (method === 'POST' && query.has('uploads')) return 'startUpload';
  if (method === 'POST' && query.has('uploadId')) return 'complete';
  return 'other';
}
