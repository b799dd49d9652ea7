import { observe } from '@holdfast/access';
import { hasEnded, jobOf } from '@holdfast/core';
import type { GivenUp } from '@holdfast/queue';
import type { Hands } from './hands.ts';
import { recordConclusion } from './record-conclusion.ts';

/**
 * A run whose handler failed to the end has failed: it says so, and makes room for the next one. A Job that is at work is left alone,
 * because its end is still to come, and so is whatever it made.
 */
export async function giveUp({ ring, reason, message }: GivenUp, hands: Hands): Promise<void> {
  const observed = await observe(hands.kube, ring);
  const run = observed?.backup.status.activeRun;
  if (!observed || run?.kind !== 'backup' || observed.backup.deleting) return;
  const job = jobOf(run, observed.job);
  if (job && !hasEnded(job)) return;
  const { backup, attemptSpec } = observed;
  const conclusion = { kind: 'settle', status: 'Failed', reason, message } as const;
  await recordConclusion(backup, run, { conclusion, spec: attemptSpec ?? backup.spec }, hands);
}
