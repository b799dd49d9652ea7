import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

export interface MemoryWatchOptions {
  /** The mark's key begins so. */
  readonly prefix: string;
  /** Called each time the server has forgotten what it held. */
  readonly onForgotten: () => void;
  /** How often a server that stays connected is asked. */
  readonly everyMs: number;
}

/**
 * Notices a server that lost its memory (restarted, flushed, replaced), with or without a broken connection: a mark that this process saw there is
 * another one or gone. Whoever finds none sets one, so several watchers notice the same loss, each for itself.
 */
export function watchMemory(redis: Redis, { prefix, onForgotten, everyMs }: MemoryWatchOptions): { close(): void } {
  const key = `${prefix}:mark`;
  let known: string | undefined;
  const look = async () => {
    const mark = await readMark(redis, key);
    if (mark === undefined) return;
    const forgotten = known !== undefined && known !== mark;
    known = mark;
    if (forgotten) onForgotten();
  };
  const timer = setInterval(() => redis.status === 'ready' && void look(), everyMs).unref();
  redis.on('ready', () => void look());
  return { close: () => clearInterval(timer) };
}

/** Undefined where the server does not answer, or takes nothing: then nothing is known. */
async function readMark(redis: Redis, key: string): Promise<string | undefined> {
  try {
    await redis.set(key, randomUUID(), 'NX');
    return (await redis.get(key)) ?? undefined;
  } catch {
    return undefined;
  }
}
