import type { Reason } from './reasons.ts';

/** What should happen next: try again by itself, or wait for a person (or a changed object). */
export type ErrorFate = 'transient' | 'terminal';

/**
 * Trouble with a name. Adapters translate at their edge and keep the `cause`; an error that is not a BackupError has no name yet
 * and is retried, logged with its stack and counted.
 */
export class BackupError extends Error {
  readonly reason: Reason;
  readonly fate: ErrorFate;

  /** @param message names the thing, the place and the remedy, and holds no secret */
  constructor(reason: Reason, fate: ErrorFate, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BackupError';
    this.reason = reason;
    this.fate = fate;
  }
}
