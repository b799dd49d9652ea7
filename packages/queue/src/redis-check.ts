import type { Redis } from 'ioredis';

/** Whether a server is fit for queues. */
export interface Fitness {
  /** What is wrong with it, one sentence each, as of the last look. */
  readonly problems: readonly string[];
  close(): void;
}

/** A server changes its role or its settings, or runs full, without a new connection. */
const everyMs = 30_000;

/** Looks after each connection and then now and then whether the server is fit for queues; each new problem is said once, aloud. */
export function watchFitness(redis: Redis, onWarning: (sentence: string) => void): Fitness {
  let problems: readonly string[] = [];
  const look = async () => {
    const found = await askServer(redis);
    for (const sentence of found) if (!problems.includes(sentence)) onWarning(sentence);
    problems = found;
  };
  const timer = setInterval(() => redis.status === 'ready' && void look(), everyMs).unref();
  redis.on('ready', () => void look());
  return {
    get problems() {
      return problems;
    },
    close: () => clearInterval(timer),
  };
}

async function askServer(redis: Redis): Promise<string[]> {
  try {
    return complaints(await redis.info());
  } catch (error) {
    return redis.status === 'ready' ? [`Redis does not say whether it is fit for queues: ${String(error)}`] : [];
  }
}

/**
 * What is wrong with a server, from the text of its `INFO`; empty when it is fit. Redis 6.2 or newer is needed, a policy that never
 * evicts (a server that throws keys away loses rings in silence), room to write, and the primary.
 */
export function complaints(info: string): string[] {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
    }),
  );
  const version = fields.get('redis_version') ?? 'unknown';
  const policy = fields.get('maxmemory_policy') ?? 'unknown';
  const [used = 0, most = 0] = ['used_memory', 'maxmemory'].map((name) => Number(fields.get(name) ?? 0));
  const found: string[] = [];
  if (!isAtLeast62(version)) found.push(`Redis is version ${version}; use 6.2 or newer`);
  if (policy !== 'noeviction') {
    found.push(`Redis has maxmemory-policy ${policy} and may throw queued work away; set maxmemory-policy noeviction`);
  }
  if (most > 0 && used > most) found.push('Redis is out of memory and refuses new work; raise its maxmemory');
  if (fields.get('role') === 'slave') found.push('Redis is a read-only replica; give the address of the primary');
  return found;
}

function isAtLeast62(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}
