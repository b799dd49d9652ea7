import type { Reason } from '@holdfast/types';
import { formatDuration } from '../format/duration.ts';
import type { Because, Held, RetentionFacts, RetentionPolicy } from './plan.ts';

/** Why age removes nothing at the moment; count goes on. */
export interface AgeHold {
  readonly reason: Extract<Reason, 'NoFreshBackup' | 'Suspended'>;
  readonly sentence: string;
}

/** What keeps retention from removing: everything, or just what is old. */
export function holds(
  policy: RetentionPolicy,
  facts: RetentionFacts,
  at: Date,
): { readonly frozen?: { readonly because: Because; readonly held: readonly Held[] }; readonly ageHold?: AgeHold } {
  const frozen = freezes(facts);
  const [first] = frozen;
  if (first) return { frozen: { because: { reason: first.reason, sentence: first.message }, held: frozen } };
  const ageHold = policy.maxAgeMs === undefined ? undefined : (noFreshBackup(policy, facts, at) ?? suspended(policy));
  return ageHold ? { ageHold } : {};
}

function freezes({ unreadable, firstUnreadable, listedNothingButKnown }: RetentionFacts): Held[] {
  const held: Held[] = [];
  if (listedNothingButKnown) {
    const message =
      'the store lists nothing although artifacts are known; check the bucket, the path and its rights to list';
    held.push({ reason: 'EmptyListing', message });
  }
  if (unreadable > 0) {
    const subject = unreadable === 1 ? 'a manifest' : `${unreadable} manifests`;
    const named = firstUnreadable ? ` ("${firstUnreadable.key}": ${firstUnreadable.problem})` : '';
    const message = `${subject} cannot be read${named}, so what hangs on it is unknown and nothing is removed; read it with the version that wrote it, or move it out of the folder`;
    held.push({ reason: 'UnreadableManifest', message, count: unreadable });
  }
  return held;
}

function noFreshBackup(
  { expectedIntervalMs }: RetentionPolicy,
  { lastSuccessAt }: RetentionFacts,
  at: Date,
): AgeHold | undefined {
  if (expectedIntervalMs === undefined) return undefined;
  const usual = formatDuration(expectedIntervalMs);
  if (!lastSuccessAt) {
    return {
      reason: 'NoFreshBackup',
      sentence: `no success is known, one is expected every ${usual}, so age removes nothing`,
    };
  }
  if (at.getTime() - lastSuccessAt.getTime() <= 2 * expectedIntervalMs) return undefined;
  const last = lastSuccessAt.toISOString();
  return {
    reason: 'NoFreshBackup',
    sentence: `the last success was at ${last}, one is expected every ${usual}, so age removes nothing until the next one`,
  };
}

function suspended(policy: RetentionPolicy): AgeHold | undefined {
  if (!policy.suspended) return undefined;
  return { reason: 'Suspended', sentence: 'the backup is suspended, so age removes nothing' };
}
