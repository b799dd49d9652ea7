import { chains, folderState } from '@holdfast/core';
import { readCatalogue, verifyFolder } from '@holdfast/storage';
import type { AgentResult } from '@holdfast/types';
import type { Context } from './context.ts';
import { succeeded } from './succeeded.ts';

/** Time to write down what was read, before the pod's own deadline. */
const writingMs = 15_000;

/** The verb `prove` of a whole folder: reads back what counts, until everything was read or the pod's time is over. */
export async function proveFolder(context: Context, round: Date): Promise<AgentResult> {
  const { plan, store, clock, signal } = context;
  const startedAt = clock.now();
  const until = startedAt.getTime() + Math.max(plan.deadlineMs - writingMs, plan.deadlineMs / 2);
  const halt = new AbortController();
  const timer = setTimeout(() => halt.abort('the time is over'), until - startedAt.getTime());
  try {
    const verification = await verifyFolder(store, {
      run: plan.run,
      round,
      now: () => clock.now(),
      enough: () => clock.now().getTime() >= until,
      halt: halt.signal,
      signal,
    });
    const { entries } = await readCatalogue(store, signal);
    const unfinished = verification.remaining > 0;
    return succeeded(context, startedAt, {
      reason: unfinished ? 'VerificationUnfinished' : 'Verified',
      message: `${verification.proven} artifacts read back, ${verification.remaining} are left`,
      verification,
      folder: folderState(chains(entries)),
    });
  } finally {
    clearTimeout(timer);
  }
}
