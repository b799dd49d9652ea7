import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a fault looks at. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Who calls, by its own words. */
  readonly agent: string;
}

export type RequestPredicate = (request: ProxiedRequest) => boolean;

/** What happens to a matching request. */
export type FaultAction =
  /** Answered with this status, never forwarded. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection is cut before anything is answered. */
  | { readonly kind: 'cut' }
  /** Forwarded and carried out, but the connection is cut instead of answering. */
  | { readonly kind: 'cutAfter' }
  /** The answer is cut after this many bytes of its body. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Forwarded after a pause. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Accepted and never answered. */
  | { readonly kind: 'silence' };

interface Rule {
  readonly matches: RequestPredicate;
  readonly action: FaultAction;
  left: number;
}

/** Faults on demand; the first rule that matches acts. */
export class Faults {
  #rules: Rule[] = [];

  /** Acts on the next `count` matching requests; answers a function that removes the rule. */
  next(count: number, action: FaultAction, matches: RequestPredicate = () => true): () => void {
    const rule: Rule = { matches, action, left: count };
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((each) => each !== rule);
    };
  }

  /** Acts on every matching request until the answered function is called. */
  always(action: FaultAction, matches: RequestPredicate = () => true): () => void {
    return this.next(Infinity, action, matches);
  }

  clear(): void {
    this.#rules = [];
  }

  /** The action for this request, which counts as used. */
  take(request: ProxiedRequest): FaultAction | undefined {
    const rule = this.#rules.find(({ matches }) => matches(request));
    if (!rule) return undefined;
    rule.left -= 1;
    if (rule.left <= 0) this.#rules = this.#rules.filter((each) => each !== rule);
    return rule.action;
  }
}

/** Carries out what comes before forwarding; true when the request shall not be forwarded. */
export async function actBefore(
  action: FaultAction | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (action?.kind === 'latency') await sleep(action.ms);
  if (action?.kind === 'cut') request.socket.destroy();
  if (action?.kind === 'status') {
    request.resume(); // the client is still sending
    response.writeHead(action.status, action.headers ?? {}).end(action.body ?? '');
  }
  return action?.kind === 'cut' || action?.kind === 'status' || action?.kind === 'silence';
}

/** What a fault sees of a request. */
export function proxied(request: IncomingMessage): ProxiedRequest {
  const url = new URL(request.url ?? '/', 'http://proxy');
  const agent = request.headers['user-agent'] ?? '';
  return { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, agent };
}
