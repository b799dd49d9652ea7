import { createReadStream } from 'node:fs';
import { runFolder } from '@holdfast/core';
import type { Context } from '../context.ts';

/** Puts the run's log beside its evidence, so that it outlives the pod. A log that cannot be kept fails nothing. */
export async function keepLog({ plan, podUid, store, log }: Context, file: string): Promise<void> {
  const key = `${runFolder(plan.run)}attempt-${plan.attempt}-${podUid.slice(0, 8)}.log`;
  try {
    await store.create(key, createReadStream(file), { signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    log.warn({ err: error, run: plan.run, reason: 'StorageUnreachable' }, 'the log could not be kept in the store');
  }
}
