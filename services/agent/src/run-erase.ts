import { erasedSentence } from '@holdfast/core';
import { eraseFolder, ownerOf } from '@holdfast/storage';
import { BackupError, type AgentResult } from '@holdfast/types';
import { claimOf } from './claim-folder.ts';
import type { Context } from './context.ts';
import { succeeded } from './succeeded.ts';

/** The verb `erase`: the end of a folder. Its result stands in the termination message alone, because nothing may be left in the store. */
export async function runErase(context: Context): Promise<AgentResult> {
  const { plan, store, clock, signal } = context;
  const startedAt = clock.now();
  const claim = claimOf(plan);
  const owner = claim && (await ownerOf(store, claim, signal));
  if (owner?.kind === 'foreign') throw new BackupError('FolderOwnedElsewhere', 'terminal', owner.message);
  const erased = await eraseFolder(store, { guard: async () => !signal.aborted, now: startedAt, signal });
  signal.throwIfAborted();
  const message = erased ? erasedSentence(erased) : '';
  return succeeded(context, startedAt, { reason: 'DataErased', message, ...(erased && { erased }) });
}
