import { KubeError } from '../kube-error.ts';
import type { ResourceType } from '../resources.ts';
import type { ObjectKey } from '../kube.ts';
import type { Answer } from './connection.ts';

/** What was asked, in the words of RBAC. */
export interface Asked {
  readonly verb: string;
  readonly type: ResourceType;
  readonly subresource?: string;
  readonly key: Partial<ObjectKey>;
}

/** An answer that is not a success, read to its end. `reason` is Kubernetes' own word, such as `NotFound`. */
export interface Refused {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** Whether these are an API server's words, not those of something between us and it. */
  readonly genuine: boolean;
  readonly retryAfterMs?: number;
}

export async function readRefusal(answer: Answer): Promise<Refused> {
  const text = await answer.read();
  const status = answer.status;
  const retryAfterMs = retryAfter(answer.headers['retry-after']);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const body = statusOf(text);
  if (body) return { status, genuine: true, ...body, ...wait };
  // The words of every API server for a path that it does not serve.
  const unserved = status === 404 && text.trim() === '404 page not found';
  return { status, reason: '', message: text.slice(0, 200).trim(), genuine: unserved, ...wait };
}

/** Only an API server's own 404 says that something does not exist. */
export function saysMissing(refused: Refused): boolean {
  return refused.status === 404 && refused.genuine;
}

/** The error for a refusal that is no value: throttling and server trouble pass, the rest needs a person. */
export function errorFor(refused: Refused, asked: Asked): KubeError {
  const { status, message, retryAfterMs } = refused;
  const options = { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return new KubeError(isTransient(refused) ? 'transient' : 'terminal', sentence(refused, asked, message), options);
}

function isTransient({ status, genuine }: Refused): boolean {
  if (status === 401 || status === 408 || status === 409 || status === 410 || status === 429) return true;
  return status >= 500 || status < 400 || (status === 404 && !genuine);
}

function sentence({ status, genuine }: Refused, { verb, type, subresource, key }: Asked, said: string): string {
  const group = type.group === '' ? '' : `.${type.group}`;
  const what = `${verb} ${type.plural}${group}${subresource ? `/${subresource}` : ''}`;
  const where = `${key.name ? ` "${key.name}"` : ''}${key.namespace ? ` in namespace "${key.namespace}"` : ''}`;
  const words = said ? `: ${said}` : '';
  if (status === 403)
    return `the API server denies "${what}"${where}; grant that verb to our ServiceAccount, or see${words}`;
  if (status === 401) return `the API server does not know our credentials for "${what}"${where}; renew them${words}`;
  if (status === 404 && !genuine)
    return `something that is no API server answered "${what}"${where} with 404; check its address`;
  return `the API server answered "${what}"${where} with ${status}${words}`;
}

function statusOf(text: string): { reason: string; message: string } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('kind' in body) || body.kind !== 'Status') return undefined;
    const reason = 'reason' in body && typeof body.reason === 'string' ? body.reason : '';
    return { reason, message: 'message' in body && typeof body.message === 'string' ? body.message : '' };
  } catch {
    return undefined; // Not JSON, so not from an API server; the caller sees that in `genuine`.
  }
}

/** Seconds or a date (RFC 9110); at most an hour, so that a wrong clock cannot silence us. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined;
}
