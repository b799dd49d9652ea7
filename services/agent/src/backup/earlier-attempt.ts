import { readAttempts } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import type { Context } from '../context.ts';

/**
 * The newest result that an earlier pod of this run left. One that cannot be read says nothing, and the manifests say what is done all
 * the same.
 */
export async function earlierAttempt({ plan, store, log, signal }: Context): Promise<AgentResult | undefined> {
  try {
    return await readAttempts(store, plan.run, signal);
  } catch (error) {
    if (!(error instanceof BackupError) || error.reason !== 'EvidenceMissing') throw error;
    log.warn({ err: error, run: plan.run, reason: error.reason }, 'an earlier result cannot be read');
    return undefined;
  }
}

/** Whether a pod that was replaced after its work was done only has to say so again. */
export function isDone(earlier: AgentResult | undefined, attempt: number): earlier is AgentResult {
  return earlier?.verb === 'backup' && earlier.attempt === attempt && earlier.outcome === 'Succeeded';
}

/** Databases that an earlier attempt knew of and did not bring; without their objects nobody else remembers them. */
export function stillOwed(earlier: AgentResult | undefined): string[] {
  return (earlier?.databases ?? []).filter(({ error }) => error !== undefined).map(({ name }) => name);
}
