import { BackupError } from '@holdfast/types';
import type { QueueName, Ring } from '@holdfast/types';
import type { AnswerOptions, Outcome } from './doorbell.ts';

/** What a handler's end means for its ring, before anyone touches a queue. */
export interface Verdict {
  readonly outcome: Outcome;
  /** The throw count to keep with the ring: 0 after an end with a value. */
  readonly thrown: number;
  readonly error?: unknown;
}

export interface ThrowRules {
  readonly throwLimit: number;
  readonly backOffMs: (thrown: number) => number;
}

export const defaultThrowRules: ThrowRules = { throwLimit: 8, backOffMs: doublingBackOffMs };

/**
 * The verdict on an error: named and terminal fails at once, all others wait and try again until they were thrown
 * `throwLimit` times in a row.
 * @param thrown how often in a row the handler has thrown, this time included
 */
export function verdictOnThrow(error: unknown, thrown: number, rules: ThrowRules, now: Date): Verdict {
  const named = error instanceof BackupError ? error : undefined;
  const reason = named?.reason ?? 'UnexpectedError';
  const message = error instanceof Error ? error.message : String(error);
  if (named?.fate === 'terminal' || thrown >= rules.throwLimit) {
    return { outcome: { kind: 'failed', reason, message }, thrown, error };
  }
  const at = new Date(now.getTime() + rules.backOffMs(thrown));
  return { outcome: { kind: 'again', at, reason }, thrown, error };
}

/** Tells of a ring that is given up for its own sake. That telling may fail too, which is only logged: the ring is over either way. */
export async function tellGivenUp(
  queue: QueueName,
  ring: Ring,
  { outcome, thrown, error }: Verdict,
  { onGivenUp, log }: Pick<AnswerOptions, 'onGivenUp' | 'log'>,
): Promise<void> {
  const named = error instanceof BackupError ? error : undefined;
  if (!onGivenUp || outcome.kind !== 'failed' || error === undefined || named?.fate === 'transient') return;
  const message = named
    ? named.message
    : `something failed ${thrown} times in a row in a way that has no name yet; the log has its stack`;
  try {
    await onGivenUp({ queue, ring, reason: outcome.reason, message });
  } catch (err) {
    log.error({ err, backup: `${ring.namespace}/${ring.name}`, queue }, 'a ring that was given up could not be told');
  }
}

/** One second doubled each time, at most five minutes, spread by a quarter so that many do not come back together. */
export function doublingBackOffMs(thrown: number): number {
  const full = Math.min(1000 * 2 ** Math.min(thrown - 1, 20), 300_000);
  return Math.round(full * (0.75 + Math.random() * 0.5));
}
