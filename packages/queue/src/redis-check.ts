import type { Redis } from 'ioredis';

/**
 * What is wrong with this server for our purpose, one sentence each; empty when it is fit. Rejects when it does not answer.
 * Redis 6.2 or newer is needed, and a policy that never evicts: a server that throws keys away loses rings in silence.
 */
export async function checkRedis(redis: Redis): Promise<string[]> {
  return complaints(await redis.info());
}

/** The same over the text of `INFO`. */
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
