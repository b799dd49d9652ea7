import { chains, folderState } from '@holdfast/core';
import { markDamage, proveRun, readAttempts, readCatalogue } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import type { Context } from './context.ts';
import { proveFolder } from './prove-folder.ts';

/** The verb `prove`: what a run left, found by looking at the store alone; or, for a verification, whether everything is still what it was. */
export async function runProve(context: Context): Promise<AgentResult> {
  const { plan } = context;
  return plan.prove ? proveFolder(context, new Date(plan.prove.round)) : proveOneRun(context);
}

async function proveOneRun({ plan, store, clock, signal }: Context): Promise<AgentResult> {
  const result = await readAttempts(store, plan.run, signal);
  if (!result) {
    throw new BackupError(
      'EvidenceMissing',
      'terminal',
      `the store holds no result of run ${plan.run}; set a new run token to try again`,
    );
  }
  const proof = await proveRun(store, plan.run, signal);
  const [finding] = proof.findings;
  const proven: AgentResult = { ...result, verb: 'prove', attempt: plan.attempt };
  if (result.outcome === 'Failed' || !finding) return proven;
  await markDamage(store, proof, { run: plan.run, at: clock.now(), signal });
  const { entries } = await readCatalogue(store, signal);
  const { reason, message } = finding;
  return { ...proven, outcome: 'Failed', reason, message, retry: 'no', folder: folderState(chains(entries)) };
}
