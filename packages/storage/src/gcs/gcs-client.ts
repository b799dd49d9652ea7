import { Agent, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '@holdfast/types';
import { agentsFor, type Connecting } from '../agents-for.ts';
import { isPrivateHost } from '../allowed-endpoint.ts';
import { gcsError, mayPass, type Operation } from './gcs-error.ts';
import { send, type Sent } from './gcs-http.ts';
import { tokensOf, type GcsIdentity } from './gcs-token.ts';

export interface GcsConfig extends Connecting {
  readonly bucket: string;
  /** Default: Google's own public one. */
  readonly endpointUrl?: string | undefined;
  /** A service names no other than a service account's key. */
  readonly identity: GcsIdentity;
  /** Longest wait for one call with its repetitions, and for the next byte of a body. What is sent along gets more. Default 60 s. */
  readonly timeoutMs?: number;
  /** Size of the pieces of an upload, a multiple of 256 KiB. Default 8 MiB. */
  readonly partBytes?: number;
  /** Tries of one request, the first included. Default 3. */
  readonly requestAttempts?: number;
}

/** Which of the service's doors, and what is asked there. */
export interface Asked extends Pick<Sent, 'method' | 'headers' | 'body'> {
  readonly door?: 'upload';
  /** Below the bucket, such as `/o`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** What the files of this folder share: a bucket and the way to call it. */
export interface Gcs {
  readonly bucket: string;
  readonly place: string;
  readonly partBytes: number;
  readonly timeoutMs: number;
  readonly requestAttempts: number;
  /**
   * Makes one call, again while its trouble may pass: every request is one that may be repeated, because it changes nothing, or only what
   * it says it found. Errors come out as BackupErrors, the caller's own abort as the signal's reason.
   */
  call<T>(
    operation: Operation,
    options: { readonly signal: AbortSignal | undefined; readonly bytes?: number },
    work: (signal: AbortSignal, attempt: number) => Promise<T>,
  ): Promise<T>;
  /** One request of such a call. */
  ask(asked: Asked, signal: AbortSignal): Promise<IncomingMessage>;
}

const publicEndpoint = 'https://storage.googleapis.com';
/** The service takes pieces of any multiple of 256 KiB, in any number. */
const usualPartBytes = 8 * 1024 * 1024;
/** A link slower than this is no link for backups. */
const slowestBytesPerMs = 64;

/** Makes a client of the JSON API with every setting said aloud. */
export function openBucket(config: GcsConfig): Gcs {
  const endpoint = (config.endpointUrl ?? publicEndpoint).replace(/\/+$/, '');
  const { origin, protocol } = new URL(endpoint);
  const place = `bucket "${config.bucket}" at ${origin}`;
  if (protocol !== 'https:' && !isPrivateHost(new URL(endpoint)))
    throw new BackupError(
      'StorageDenied',
      'terminal',
      `${place}: a token is only sent over https, unless the address is a private one; use an https endpoint`,
    );
  const tokens = tokensOf(config.identity, place);
  const agent = agentOf(protocol, config);
  const timeoutMs = config.timeoutMs ?? 60_000;
  const requestAttempts = config.requestAttempts ?? 3;
  return {
    bucket: config.bucket,
    place,
    partBytes: config.partBytes ?? usualPartBytes,
    timeoutMs,
    requestAttempts,
    async call(operation, { signal, bytes = 0 }, work) {
      signal?.throwIfAborted();
      const patience = AbortSignal.timeout(timeoutMs + Math.ceil(bytes / slowestBytesPerMs));
      const either = signal ? AbortSignal.any([signal, patience]) : patience;
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await work(either, attempt);
        } catch (error) {
          signal?.throwIfAborted();
          if (patience.aborted) throw gcsError(patience.reason, place, operation);
          if (attempt >= requestAttempts || !mayPass(error)) throw gcsError(error, place, operation);
        }
        await sleep(waitBefore(attempt), undefined, { signal: either }).catch(() => undefined);
      }
    },
    async ask({ door, path, query = {}, headers, method, body }, signal) {
      const url = new URL(
        `${endpoint}${door ? `/${door}` : ''}/storage/v1/b/${encodeURIComponent(config.bucket)}${path}`,
      );
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const authorization = `Bearer ${await tokens(signal)}`;
      return send(url, { method, headers: { ...headers, authorization }, ...(body && { body }), agent, signal });
    },
  };
}

/** Where an object is found below its bucket. */
export function objectPath(key: string): string {
  return `/o/${encodeURIComponent(key)}`;
}

function agentOf(protocol: string, config: Connecting): Agent {
  const agents = agentsFor(config);
  if (!agents) {
    const options = { keepAlive: true, maxSockets: 50 };
    return protocol === 'https:' ? new SecureAgent(options) : new Agent(options);
  }
  return protocol === 'https:' ? agents.httpsAgent : agents.httpAgent;
}

function waitBefore(attempt: number): number {
  return Math.min(8_000, 500 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}
