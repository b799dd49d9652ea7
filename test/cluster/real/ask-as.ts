import https from 'node:https';
import type { ApiAccess } from '../kubelet/api-client.ts';

/** One request as an account sends it. */
export interface Attempt {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an API server answers whoever has this token: the HTTP status, and the text of its answer. */
export function askAs(access: ApiAccess, { method, path, body, headers }: Attempt): Promise<Answered> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const patch = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return new Promise((resolve, reject) => {
    const sent = https.request(`${access.url}${path}`, {
      method,
      ca: access.ca,
      headers: { authorization: `Bearer ${access.token}`, 'content-type': patch, ...headers },
    });
    sent.once('response', (response) => {
      let text = '';
      const done = () => resolve({ status: response.statusCode ?? 0, text });
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', done);
      response.once('error', reject);
    });
    sent.once('upgrade', () => reject(new Error(`${path} was upgraded`)));
    sent.once('error', reject);
    sent.end(payload);
  });
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}
