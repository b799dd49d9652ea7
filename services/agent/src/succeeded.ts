import { toTime } from '@holdfast/core';
import type { AgentResult } from '@holdfast/types';
import type { Context } from './context.ts';

type Found = Pick<AgentResult, 'reason' | 'message'> & Partial<AgentResult>;

/** What a verb that looks after a folder found or did, as the result of its pod; it ends now. */
export function succeeded({ plan, clock }: Context, startedAt: Date, found: Found): AgentResult {
  return {
    v: 1,
    verb: plan.verb,
    run: plan.run,
    attempt: plan.attempt,
    outcome: 'Succeeded',
    retry: 'no',
    startTime: toTime(startedAt),
    completionTime: toTime(clock.now()),
    warnings: [],
    databases: [],
    ...found,
  };
}
