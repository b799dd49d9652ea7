import { createHash } from 'node:crypto';
import type { EffectiveRetention, Status } from '@holdfast/types';

/**
 * Why retention should look at a backup's folder now, as a text that names the occasion: a newer success, a changed policy, or a
 * restore point that came of age. Undefined while the last retention run already answered the present occasion.
 */
export function retentionCause(policy: EffectiveRetention, status: Status, now: Date): string | undefined {
  const newest = status.history?.find((entry) => entry.status === 'Succeeded' || entry.status === 'PartiallySucceeded');
  if (!newest) return undefined; // nothing was ever kept, so nothing can have expired
  const answered = status.retention?.cause;
  const base = `${newest.runId}/${fingerprint(policy)}`;
  const expiry = status.retention?.nextExpiry;
  if (answered?.startsWith(base) && expiry && new Date(expiry) <= now) {
    const occasion = `${base}/${expiry}`;
    return answered === occasion ? undefined : occasion;
  }
  return answered?.startsWith(base) ? undefined : base;
}

function fingerprint(policy: EffectiveRetention): string {
  const text = `${policy.maxAgeMs ?? ''}:${policy.maxCount ?? ''}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
