import { erasedSentence, toTime } from '@holdfast/core';
import { eraseFolder, ownerOf } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import { claimOf } from './claim-folder.ts';
import type { Context } from './context.ts';

/** The verb `erase`: the end of a folder. Its result stands in the termination message alone, because nothing may be left in the store. */
export async function runErase({ plan, store, clock, signal }: Context): Promise<AgentResult> {
  const startedAt = clock.now();
  const claim = claimOf(plan);
  const owner = claim && (await ownerOf(store, claim, signal));
  if (owner?.kind === 'foreign') throw new BackupError('FolderOwnedElsewhere', 'terminal', owner.message);
  const erased = await eraseFolder(store, { guard: async () => !signal.aborted, now: startedAt, signal });
  signal.throwIfAborted();
  return {
    v: 1,
    verb: plan.verb,
    run: plan.run,
    attempt: plan.attempt,
    outcome: 'Succeeded',
    reason: 'DataErased',
    message: erased ? erasedSentence(erased) : '',
    retry: 'no',
    startTime: toTime(startedAt),
    completionTime: toTime(clock.now()),
    warnings: [],
    databases: [],
    ...(erased && { erased }),
  };
}
