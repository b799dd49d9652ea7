import { BackupError } from '@holdfast/types';
import { Redis } from 'ioredis';

/** Where our keys begin. The braces keep all of them in one slot of a Redis Cluster. */
export const defaultPrefix = '{holdfast}';

/** For ringing: gives up within seconds and never queues while the server is away, so that a caller can go on. */
export function connectProducer(redisUrl: string): Redis {
  const client = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2000,
    socketTimeout: 5000,
    connectTimeout: 3000,
    retryStrategy: reconnectDelayMs,
  });
  return quiet(client);
}

/** For answering: waits for the server as long as it takes. A socket that went half-open is found by its silence. */
export function connectWorker(redisUrl: string): Redis {
  const client = new Redis(redisUrl, {
    maxRetriesPerRequest: null,
    socketTimeout: 20_000, // longer than the longest blocking command (10 s)
    connectTimeout: 5000,
    retryStrategy: reconnectDelayMs,
  });
  return quiet(client);
}

/** An error of Redis or of its connection as one with a fate: the record is elsewhere, so the caller may always ring again. */
export function redisTrouble(doing: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new BackupError('QueueUnreachable', 'transient', `Redis cannot ${doing}: ${detail}; it is tried again`, {
    cause,
  });
}

/** Without a listener ioredis prints every failed attempt; `up`, rejected calls and the callbacks tell the story. */
function quiet(client: Redis): Redis {
  return client.on('error', () => undefined);
}

/** Quick at first, then every two seconds, spread so that a fleet does not return in one instant. */
function reconnectDelayMs(times: number): number {
  return Math.min(100 * times, 2000) * (0.75 + Math.random() * 0.5);
}
