import { endThaw, thawChain } from '@holdfast/storage';
import { BackupError, type AgentResult, type ThawResult } from '@holdfast/types';
import type { Context } from './context.ts';
import { succeeded } from './succeeded.ts';

/** The verb `thaw`: removes readable copies that nobody wants any more, and asks for those of the chain that somebody wants. */
export async function runThaw(context: Context): Promise<AgentResult> {
  const { plan, store, clock, signal } = context;
  if (!plan.thaw)
    throw new BackupError('UnexpectedError', 'terminal', 'the plan names no chain; the Job was not made by Holdfast');
  const startedAt = clock.now();
  const guard = async (): Promise<boolean> => !signal.aborted;
  const { chain, ended } = plan.thaw;
  if (ended !== undefined) await endThaw(store, ended, { guard, signal });
  const thaw: ThawResult =
    (chain !== undefined && (await thawChain(store, chain, { guard, signal }))) || noneAnyMore(ended);
  signal.throwIfAborted();
  return succeeded(context, startedAt, { reason: 'ThawDue', message: thaw.message, thaw });
}

function noneAnyMore(ended: string | undefined): ThawResult {
  return { message: `chain ${ended ?? ''} is asked for no more`, objects: 0, readable: 0 };
}
