import { readAttempts } from '@holdfast/storage';
import type { AgentResult } from '@holdfast/types';
import type { Context } from '../context.ts';

/**
 * The result that an earlier pod of this very attempt left, when it ended well: a pod that was replaced after its work was done only has to say so
 * again.
 */
export async function earlierResult({ plan, store, signal }: Context): Promise<AgentResult | undefined> {
  if (plan.verb !== 'backup') return undefined;
  const result = await readAttempts(store, plan.run, signal);
  return result?.attempt === plan.attempt && result.outcome === 'Succeeded' ? result : undefined;
}
