import { createHash } from 'node:crypto';
import type { EffectiveRetention, HistoryEntry, Status } from '@holdfast/types';

/**
 * Why retention should look at a backup's folder now, as a text that names the occasion: a newer success, a changed policy, or a
 * restore point that came of age, or a plan that waited and was acknowledged. Undefined while the last retention run already answered the
 * present occasion.
 */
export function retentionCause(
  policy: EffectiveRetention,
  status: Status,
  now: Date,
  acknowledged?: string,
): string | undefined {
  const newest = newestSuccess(status);
  if (!newest) return undefined; // nothing was ever kept, so nothing can have expired
  const answered = status.retention?.cause;
  const occasion = `${newest.runId}/${policyWord(policy)}`;
  if (!answered?.startsWith(occasion)) return after(occasion, answered);
  const { nextExpiry: expiry, plan } = status.retention ?? {};
  const agreed = `${occasion}/ok-${acknowledged}`;
  if (plan?.consent === 'Waiting' && plan.id === acknowledged && !answered.startsWith(agreed))
    return after(agreed, answered);
  if (!expiry || new Date(expiry) > now) return undefined;
  const cameOfAge = `${occasion}/${expiry}`;
  return answered.startsWith(cameOfAge) ? undefined : after(cameOfAge, answered);
}

/** Whether a retention run was caused under this very policy. */
export function wasCausedUnder(policy: EffectiveRetention, cause: string | undefined): boolean {
  return cause?.split('/')[1]?.startsWith(policyWord(policy)) ?? false;
}

/** The newest run that brought artifacts, as the history knows it. */
export function newestSuccess({ history }: Pick<Status, 'history'>): HistoryEntry | undefined {
  return history?.find((entry) => entry.status === 'Succeeded' || entry.status === 'PartiallySucceeded');
}

/** A policy that is edited there and back comes to the same occasion a second time, and is a second cause all the same. */
function after(occasion: string, answered: string | undefined): string {
  return answered ? `${occasion}~${shortHash(answered)}` : occasion;
}

function policyWord({
  maxAgeMs,
  maxCount,
  keep,
  timeZone,
  maxDeletePercent,
  deletePolicy,
}: EffectiveRetention): string {
  const rules = keep ? `:${JSON.stringify([timeZone, Object.entries(keep).toSorted()])}` : '';
  const share = maxDeletePercent === undefined ? '' : `:${maxDeletePercent}%`;
  const archives = deletePolicy === undefined ? '' : `:${deletePolicy}`;
  return shortHash(`${maxAgeMs ?? ''}:${maxCount ?? ''}${rules}${share}${archives}`);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
