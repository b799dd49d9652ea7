import { retentionSentence, toRetentionResult, type Consent, type RetentionPolicy } from '@holdfast/core';
import { ownerOf, planFolder, type FolderPlan } from '@holdfast/storage';
import { BackupError, type AgentPlan, type AgentResult, type RetentionResult } from '@holdfast/types';
import { claimOf } from './claim-folder.ts';
import type { Context } from './context.ts';
import { succeeded } from './succeeded.ts';

/** Room for the plan in a termination message, beside the frame of the result. */
const planBytes = 3_000;

/** The verb `list`: what retention would do, and why. Reads only. */
export async function runList(context: Context): Promise<AgentResult> {
  const startedAt = context.clock.now();
  const plan = await planOf(context);
  return retentionAnswer(context, startedAt, toRetentionResult(plan, planBytes));
}

export async function planOf({ plan, store, clock, signal }: Context): Promise<FolderPlan> {
  const { policy, runDeadlineMs, newestRun } = policyOf(plan);
  const claim = claimOf(plan);
  const owner = claim && (await ownerOf(store, claim, signal));
  const ownedElsewhere = owner?.kind === 'foreign' ? owner.message : undefined;
  return planFolder(store, policy, { now: clock.now(), runDeadlineMs, newestRun, ownedElsewhere }, signal);
}

export function retentionAnswer(context: Context, startedAt: Date, retention: RetentionResult): AgentResult {
  const [held] = retention.held;
  const reason = held?.reason ?? 'RetentionApplied';
  return succeeded(context, startedAt, { reason, message: retentionSentence(retention), retention });
}

function policyOf({ retention }: AgentPlan): {
  policy: RetentionPolicy;
  runDeadlineMs: number;
  newestRun: string | undefined;
} {
  if (!retention)
    throw new BackupError('UnexpectedError', 'terminal', 'the plan names no policy; the Job was not made by Holdfast');
  const { runDeadlineMs, newestRun, consent, ...policy } = retention;
  return { policy: { ...policy, ...(consent && { consent: consentFrom(consent) }) }, runDeadlineMs, newestRun };
}

function consentFrom({ plan, begun }: NonNullable<NonNullable<AgentPlan['retention']>['consent']>): Consent {
  return { plan, ...(begun && { begun: { ...begun, at: new Date(begun.at) } }) };
}
