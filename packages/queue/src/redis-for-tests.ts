import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** What the dev cluster's `startRedis` gives. Tests hand it in, because no product file may import the dev cluster. */
interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
}

/** A Redis server of a test's own, with a plain connection for looking at its state and changing it. */
export interface TestRedis {
  readonly server: RedisServer;
  readonly url: string;
  readonly client: Redis;
  stop(): Promise<void>;
}

export async function openTestRedis(
  startRedis: (options: { dir: string }) => Promise<RedisServer>,
): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
  const server = await startRedis({ dir });
  const client = new Redis(server.url, { retryStrategy: () => 50 });
  client.on('error', () => undefined); // tests take the server away
  const stop = async () => {
    client.disconnect();
    server.resume();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { server, url: server.url, client, stop };
}
