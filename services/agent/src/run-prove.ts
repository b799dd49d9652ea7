import { proveRun, readAttempts } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import type { Context } from './context.ts';
import { proveFolder } from './prove-folder.ts';

/** The verb `prove`: what a run left, found by looking at the store alone; or, for a verification, whether everything is still what it was. */
export async function runProve(context: Context): Promise<AgentResult> {
  const { plan } = context;
  return plan.prove ? proveFolder(context, new Date(plan.prove.round)) : proveOneRun(context);
}

async function proveOneRun({ plan, store, signal }: Context): Promise<AgentResult> {
  const result = await readAttempts(store, plan.run, signal);
  if (!result) {
    throw new BackupError(
      'EvidenceMissing',
      'terminal',
      `the store holds no result of run ${plan.run}; set a new run token to try again`,
    );
  }
  const { findings } = await proveRun(store, plan.run, signal);
  const [finding] = findings;
  const proven: AgentResult = { ...result, verb: 'prove', attempt: plan.attempt };
  if (result.outcome === 'Failed' || !finding) return proven;
  return { ...proven, outcome: 'Failed', reason: finding.reason, message: finding.message, retry: 'no' };
}
