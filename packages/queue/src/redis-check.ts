import type { Redis } from 'ioredis';

/** Looks after each connection whether this server is fit for queues, and says what is not, one sentence each. */
export function warnWhenUnfit(redis: Redis, onWarning: (sentence: string) => void): void {
  redis.on('ready', () => void look(redis, onWarning));
}

async function look(redis: Redis, onWarning: (sentence: string) => void): Promise<void> {
  try {
    for (const sentence of complaints(await redis.info())) onWarning(sentence);
  } catch (error) {
    if (redis.status === 'ready') onWarning(`Redis does not say whether it is fit for queues: ${String(error)}`);
  }
}

/**
 * What is wrong with a server, from the text of its `INFO`; empty when it is fit. Redis 6.2 or newer is needed, and a policy
 * that never evicts: a server that throws keys away loses rings in silence.
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
  const found: string[] = [];
  if (!isAtLeast62(version)) found.push(`Redis is version ${version}; use 6.2 or newer`);
  if (policy !== 'noeviction') {
    found.push(`Redis has maxmemory-policy ${policy} and may throw queued work away; set maxmemory-policy noeviction`);
  }
  if (fields.get('role') === 'slave') found.push('Redis is a read-only replica; give the address of the primary');
  return found;
}

function isAtLeast62(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}
