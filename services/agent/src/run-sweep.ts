import { carriedOut, toRetentionResult } from '@holdfast/core';
import { sweepFolder } from '@holdfast/storage';
import type { AgentResult } from '@holdfast/types';
import type { Context } from './context.ts';
import { planOf, retentionAnswer } from './run-list.ts';

const planBytes = 2_000;

/**
 * The verb `sweep`: plans again on what is there now and carries the plan out. Its pod exists only while the folder's lock is held for this run, and it
 * ends at the run's deadline.
 */
export async function runSweep(context: Context): Promise<AgentResult> {
  const { store, signal, clock } = context;
  const startedAt = clock.now();
  const retention = await planOf(context);
  const swept = await sweepFolder(store, retention, { guard: async () => !signal.aborted, signal });
  return retentionAnswer(
    context,
    startedAt,
    carriedOut(toRetentionResult({ ...retention, archive: swept.archive }, planBytes), swept, clock.now()),
  );
}
