import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { ApiError, badRequest } from './api-error.ts';
import type { WriteOptions } from './api.ts';
import { decodeProtobuf } from './fields/decode-protobuf.ts';
import type { Json } from './json.ts';

/** A request after its head was read. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path segments. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly message: IncomingMessage;
}

/** Reads the head of a request. */
export function readHead(message: IncomingMessage): ApiRequest {
  const url = new URL(message.url ?? '/', 'http://localhost');
  return {
    method: message.method ?? 'GET',
    path: url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodePart),
    query: url.searchParams,
    accept: message.headers.accept ?? '',
    contentType: (message.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '',
    message,
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`"${part}" is no part of a path`);
  }
}

/** The largest body the real server takes. */
const LARGEST_BODY = 3 * 1024 * 1024;

/** Reads a JSON or YAML body; an empty one is `undefined`. Protobuf is read for built-in kinds: typed kubectl commands send it. */
export async function readBody(request: ApiRequest): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY)
      throw new ApiError(413, 'RequestEntityTooLarge', `the body is larger than ${LARGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const body = Buffer.concat(chunks);
  const isProtobuf = request.contentType === 'application/vnd.kubernetes.protobuf';
  const isYaml = request.contentType === 'application/yaml' || request.contentType === 'application/apply-patch+yaml';
  try {
    if (isProtobuf) return decodeProtobuf(body);
    const text = body.toString('utf8');
    return (isYaml ? parseYaml(text) : JSON.parse(text)) as Json;
  } catch (error) {
    throw badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The options of a write, from its query; `warn` collects headers. */
export function writeOptions(query: URLSearchParams, warn: (text: string) => void): WriteOptions {
  const fieldValidation = query.get('fieldValidation') ?? 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw badRequest(
      `fieldValidation: Unsupported value: "${fieldValidation}": supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return { dryRun: isDryRun(query), fieldValidation, warn };
}

/** True for `dryRun=All`; anything else that is not empty is refused. */
export function isDryRun(query: URLSearchParams): boolean {
  const wanted = query.getAll('dryRun').filter((value) => value !== '');
  if (wanted.some((value) => value !== 'All')) throw badRequest('dryRun: Unsupported value: supported values: "All"');
  return wanted.length > 0;
}

/** A number from the query, or the default when it is absent or none. */
export function numberParam(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? '');
  return query.has(name) && Number.isFinite(value) && value >= 0 ? value : otherwise;
}

/** True for `1`, `t` and `true`. */
export function flagParam(query: URLSearchParams, name: string): boolean {
  return ['1', 't', 'true'].includes(query.get(name) ?? '');
}
