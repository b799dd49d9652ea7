import { DelayedError, UnrecoverableError } from 'bullmq';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { markEnded } from './redis-scripts.ts';
import type { Verdict } from './verdict.ts';

export interface SettleContext {
  readonly redis: Redis;
  readonly key: (type: string) => string;
  readonly now: () => Date;
  readonly recheckMs?: number | undefined;
}

/** The shortest delay: a handler that always says "now" must not spin. */
const minimumDelayMs = 10;

/**
 * Turns a verdict into a queue verb, and nothing else does. Returns to let BullMQ complete and remove the job, throws the error
 * that makes it delay or fail it.
 */
export async function settle(
  job: Job,
  token: string,
  { outcome, thrown }: Verdict,
  context: SettleContext,
): Promise<void> {
  const now = context.now();
  const atMs = outcome.kind === 'again' ? outcome.at.getTime() : undefined;
  const ending = { token, thrown, nowMs: now.getTime(), ...(atMs === undefined ? {} : { atMs }) };
  const end = await markEnded(context.redis, context.key, idOf(job), ending);
  if (end === 'lost') throw new DelayedError('the ring is no longer ours'); // makes BullMQ touch nothing
  if (end === 'rung') return delay(job, token, minimumDelayMs);
  switch (outcome.kind) {
    case 'done':
      return;
    case 'again':
      return delay(job, token, sleepMs(outcome.at, now, context.recheckMs));
    case 'failed':
      throw new UnrecoverableError(`${outcome.reason}: ${outcome.message}`);
  }
}

/** Real milliseconds from now until `at`, cut to the recheck interval where the clock may jump. */
export function sleepMs(at: Date, now: Date, recheckMs = Infinity): number {
  return Math.min(Math.max(at.getTime() - now.getTime(), minimumDelayMs), recheckMs);
}

/** Delays a job that is ours, in real milliseconds. Costs no attempt. */
export async function delay(job: Job, token: string, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError();
}

export function idOf(job: Job): string {
  if (job.id === undefined) throw new Error('a job without an id');
  return job.id;
}
