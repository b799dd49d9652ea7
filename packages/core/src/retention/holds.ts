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
  if (first)
    return {
      frozen: { because: { reason: first.reason, sentence: first.message, words: [first.reason] }, held: frozen },
    };
  const ageHold = policy.maxAgeMs === undefined ? undefined : (noFreshBackup(policy, facts, at) ?? suspended(policy));
  return ageHold ? { ageHold } : {};
}

function freezes(facts: RetentionFacts): Held[] {
  const { unreadable, firstUnreadable, ownedElsewhere } = facts;
  const held: Held[] = [];
  if (ownedElsewhere !== undefined) held.push({ reason: 'FolderOwnedElsewhere', message: ownedElsewhere });
  const gap = gapInListing(facts);
  if (gap !== undefined) held.push({ reason: 'EmptyListing', message: gap });
  if (unreadable > 0) {
    const subject = unreadable === 1 ? 'a manifest' : `${unreadable} manifests`;
    const named = firstUnreadable ? ` ("${firstUnreadable.key}": ${firstUnreadable.problem})` : '';
    const message = `${subject} cannot be read${named}, so what hangs on it is unknown and nothing is removed; read it with the version that wrote it, or move it out of the folder`;
    held.push({ reason: 'UnreadableManifest', message, count: unreadable });
  }
  return held;
}

/** A success is known, so its manifests must be listed: what is not shown is not gone, and what hangs on it cannot be judged. */
function gapInListing({ listedNothingButKnown, missingRun }: RetentionFacts): string | undefined {
  const remedy = 'check the bucket, the path and its rights to list';
  if (listedNothingButKnown) return `the store lists nothing although artifacts are known; ${remedy}`;
  if (missingRun === undefined) return undefined;
  return `the store lists no manifest of run ${missingRun}, the newest success that is known, so the listing may be cut short; ${remedy}, or take a new backup if someone removed them`;
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
