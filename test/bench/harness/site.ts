import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '../../cluster/redis/start-redis.ts';
import { startGuard } from '../../cluster/start-guard.ts';

/** A folder and a Redis of one bench, and everything else that is to be ended with it. */
export interface Site {
  readonly dir: string;
  readonly redis: RedisServer;
  /** Remembers what ends something; the last is ended first. */
  later(end: () => unknown): void;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const guard = startGuard(dir, { folder: dir }); // removes the folder too
  const redis = await startRedis({ dir, env: { HOLDFAST_DEV_CLUSTER: dir } });
  const ends: (() => unknown)[] = [guard, () => redis.stop()];
  return {
    dir,
    redis,
    later: (end) => void ends.push(end),
    close: async () => {
      for (const end of ends.splice(0).toReversed()) await end();
    },
  };
}

/** Sets something up on a site; when that fails, the site is closed again. */
export async function onSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const site = await openSite();
  try {
    return await work(site);
  } catch (error) {
    await site.close();
    throw error;
  }
}
