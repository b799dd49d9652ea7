import type { JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';

/** One answer of the server. */
export interface Answer {
  readonly code: number;
  readonly body: KubeObject;
}

/** A client for tests: no more than fetch with the API's paths. */
export interface TestClient {
  get(path: string, accept?: string): Promise<Answer>;
  post(path: string, body: JsonObject): Promise<Answer>;
  put(path: string, body: JsonObject): Promise<Answer>;
  merge(path: string, body: JsonObject): Promise<Answer>;
  delete(path: string, body?: JsonObject): Promise<Answer>;
  /** Reads watch events until the predicate is true, then leaves. */
  watch(path: string, until: (events: readonly WatchEvent[]) => boolean): Promise<readonly WatchEvent[]>;
  /** Asks again until the fact holds; fails after five seconds. */
  until(path: string, holds: (answer: Answer) => boolean): Promise<Answer>;
}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

/** Opens a client for a server's address. */
export function testClient(url: string): TestClient {
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: JsonObject,
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { code: response.status, body: (await response.json()) as KubeObject };
  };
  const json = { 'content-type': 'application/json' };
  const get = (path: string, accept = 'application/json'): Promise<Answer> => send('GET', path, { accept });
  return {
    get,
    post: (path, body) => send('POST', path, json, body),
    put: (path, body) => send('PUT', path, json, body),
    merge: (path, body) => send('PATCH', path, { 'content-type': 'application/merge-patch+json' }, body),
    delete: (path, body) => send('DELETE', path, json, body),
    watch: (path, until) => readWatch(`${url}${path}`, until),
    until: async (path, holds) => {
      const deadline = Date.now() + 5000;
      for (;;) {
        const answer = await get(path);
        if (holds(answer)) return answer;
        if (Date.now() > deadline)
          throw new Error(`${path} never became what was hoped for: ${JSON.stringify(answer.body)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

async function readWatch(
  url: string,
  until: (events: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const leaving = new AbortController();
  const response = await fetch(url, { signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(5000)]) });
  const events: WatchEvent[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
    if (until(events)) break;
  }
  leaving.abort();
  return events;
}
