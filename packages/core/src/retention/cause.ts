import { createHash } from 'node:crypto';
import type { EffectiveRetention, HistoryEntry, Status } from '@holdfast/types';

/**
 * Why retention should look at a backup's folder now, as a text that names the occasion: a newer success, a changed policy, or a
 * restore point that came of age. Undefined while the last retention run already answered the present occasion.
 */
export function retentionCause(policy: EffectiveRetention, status: Status, now: Date): string | undefined {
  const newest = newestSuccess(status);
  if (!newest) return undefined; // nothing was ever kept, so nothing can have expired
  const answered = status.retention?.cause;
  const occasion = `${newest.runId}/${policyWord(policy)}`;
  if (!answered?.startsWith(occasion)) return after(occasion, answered);
  const expiry = status.retention?.nextExpiry;
  if (!expiry || new Date(expiry) > now) return undefined;
  const cameOfAge = `${occasion}/${expiry}`;
  return answered.startsWith(cameOfAge) ? undefined : after(cameOfAge, answered);
}

/** The newest run that brought artifacts, as the history knows it. */
export function newestSuccess({ history }: Pick<Status, 'history'>): HistoryEntry | undefined {
  return history?.find((entry) => entry.status === 'Succeeded' || entry.status === 'PartiallySucceeded');
}

/** A policy that is edited there and back comes to the same occasion a second time, and is a second cause all the same. */
function after(occasion: string, answered: string | undefined): string {
  return answered ? `${occasion}~${shortHash(answered)}` : occasion;
}

function policyWord({ maxAgeMs, maxCount, keep, timeZone }: EffectiveRetention): string {
  const rules = keep ? `:${JSON.stringify([timeZone, Object.entries(keep).toSorted()])}` : '';
  return shortHash(`${maxAgeMs ?? ''}:${maxCount ?? ''}${rules}`);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
