import { StringDecoder } from 'node:string_decoder';
import { KubeError } from '../kube-error.ts';
import type { WatchEvent } from '../kube.ts';
import type { KubeObject } from '../objects.ts';
import type { Answer } from './connection.ts';

export interface WatchStreamOptions {
  /** What is watched, for messages. */
  readonly what: string;
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The events of an answered watch until the server ends it; everything else ends it with an error. */
export async function* watchStream<T extends KubeObject>(
  answer: Answer,
  options: WatchStreamOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { what, silenceMs, signal } = options;
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    answer.end();
  }, silenceMs);
  try {
    for await (const line of linesOf(answer.body, () => timer.refresh())) {
      const event = parseEvent<T>(line, what);
      yield event;
      if (event.kind === 'expired') return;
    }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof KubeError) throw cause;
    const how = silent ? `said nothing for ${silenceMs} ms` : 'broke off';
    throw new KubeError('transient', `the watch of ${what} ${how}`, { cause });
  } finally {
    clearTimeout(timer);
    answer.end();
  }
  signal?.throwIfAborted();
  if (silent) throw new KubeError('transient', `the watch of ${what} said nothing for ${silenceMs} ms`);
}

async function* linesOf(body: AsyncIterable<unknown>, heard: () => void): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  for await (const chunk of body) {
    heard();
    const [first = '', ...rest] = decoder.write(chunk as Buffer).split('\n');
    parts.push(first);
    for (const next of rest) {
      const line = parts.join('');
      parts = [next];
      if (line !== '') yield line;
    }
  }
}

function parseEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  const event = parseLine(line, what);
  const object = event.object as T;
  const resourceVersion = object?.metadata?.resourceVersion ?? '';
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { kind: kinds[event.type], object, resourceVersion };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion };
    case 'ERROR':
      return parseError(event.object, what);
    default:
      throw new KubeError('transient', `the watch of ${what} sent an event of unknown type "${String(event.type)}"`);
  }
}

const kinds = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

function parseLine(line: string, what: string): { type?: unknown; object?: unknown } {
  try {
    return JSON.parse(line) as { type?: unknown; object?: unknown };
  } catch (cause) {
    throw new KubeError('transient', `the watch of ${what} sent something that is not JSON`, { cause });
  }
}

function parseError(object: unknown, what: string): { kind: 'expired' } {
  const { code, message, details } = (object ?? {}) as {
    code?: number;
    message?: string;
    details?: { retryAfterSeconds?: number };
  };
  if (code === 410) return { kind: 'expired' };
  throw new KubeError('transient', `the watch of ${what} ended with ${code ?? 'an error'}: ${message ?? ''}`, {
    ...(code !== undefined && { status: code }),
    ...(details?.retryAfterSeconds && { retryAfterMs: details.retryAfterSeconds * 1000 }),
  });
}
