import { request as plain, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as secure } from 'node:https';
import { collect } from '../bytes.ts';
import { isWord } from '../store-error.ts';

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** An answer with an error status. Its code is the service's own word, such as `conditionNotMet`. */
export class Answered extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${code} (${status})`);
    this.name = 'Answered';
    this.status = status;
    this.code = code;
  }
}

/** How the service answers a piece of an upload that goes on. Redirections are never followed: they could lead anywhere. */
export const resumeIncomplete = 308;

/**
 * Sends one request and answers its head; the body of the answer must be read or destroyed.
 * @throws Answered for every status that is neither a success nor, for a piece of an upload, that it goes on
 */
export async function send(url: URL, { method, headers, body = [], agent, signal }: Sent): Promise<IncomingMessage> {
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const hasBody = method === 'POST' || method === 'PUT';
  const options = { method, agent, signal, headers: { ...headers, ...(hasBody && { 'content-length': length }) } };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === 'https:' ? secure(url, options) : plain(url, options);
    request.once('response', resolve).once('error', reject);
    for (const piece of body) request.write(piece);
    request.end();
  });
  const status = answer.statusCode ?? 500;
  if (status < 300 || (status === resumeIncomplete && method === 'PUT')) return answer;
  throw new Answered(status, codeIn(await textOf(answer)));
}

/** The whole answer as JSON; undefined where it is none. */
export async function readJson(answer: IncomingMessage): Promise<unknown> {
  return parseJson(await textOf(answer, mostAnswerBytes));
}

/** What a header says, where it says one thing. */
export function headerOf({ headers }: { readonly headers: IncomingHttpHeaders }, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

const mostErrorBytes = 64 * 1024;
/** A page of a thousand objects with names of a thousand bytes fits ten times. */
const mostAnswerBytes = 16 * 1024 * 1024;

async function textOf(answer: IncomingMessage, limit = mostErrorBytes): Promise<string> {
  const bytes = await collect(answer, limit);
  if (!bytes) answer.destroy();
  return Buffer.from(bytes ?? []).toString('utf8');
}

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes names the words. */
function codeIn(text: string): string {
  const body = parseJson(text) as { error?: { errors?: { reason?: unknown }[] } } | undefined;
  const reason = body?.error?.errors?.[0]?.reason;
  return typeof reason === 'string' && isWord(reason) ? reason : 'Unknown';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
