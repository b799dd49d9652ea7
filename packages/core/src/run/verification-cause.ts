import type { EffectiveOptions, Reason, Status } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { BackupFacts } from './observed.ts';

/** Why everything that counts should be read back now. */
export interface VerificationCause {
  /** Names the occasion: the same one never starts two runs. */
  readonly cause: string;
  readonly reason: Extract<Reason, 'Requested' | 'VerificationDue'>;
  /** The annotation's value, for a round that was asked for. */
  readonly token?: string;
  /** When the round began, to the millisecond: what a backup proved in the same second may be older. */
  readonly round: string;
}

const dayMs = 86_400_000;

/** A person's token begins a round; an unfinished one goes on; with `verifyBackup` one begins by itself when the oldest proof is too old. */
export function verificationCause(backup: BackupFacts, now: Date): VerificationCause | undefined {
  const { spec, status, verifyToken } = backup;
  if (!spec || spec.suspend) return undefined;
  const { verification = {} } = status;
  if (verifyToken && !verification.lastTokens?.includes(verifyToken))
    return { cause: verifyToken, reason: 'Requested', token: verifyToken, round: now.toISOString() };
  const at = verificationAt(backup);
  if (!at || at > now) return undefined;
  const { unfinished, round, lastRunTime = '' } = verification;
  return unfinished && round
    ? { cause: `rest of ${round} after ${lastRunTime}`, reason: 'VerificationDue', round }
    : { cause: `due at ${toTime(at)} after ${lastRunTime}`, reason: 'VerificationDue', round: now.toISOString() };
}

/** When a verification starts by itself; undefined when none will. */
export function verificationAt({ spec, status }: Pick<BackupFacts, 'spec' | 'status'>): Date | undefined {
  if (!spec || spec.suspend) return undefined;
  const { notBefore, unfinished } = status.verification ?? {};
  const earliest = notBefore ? Date.parse(notBefore) : 0;
  if (unfinished) return new Date(earliest);
  const oldest = spec.options.verify ? oldestProof(status) : undefined;
  return oldest && new Date(Math.max(oldest.getTime() + verificationIntervalMs(spec.options), earliest));
}

/** How old the oldest proof may become: as long as a chain grows, and a day at least. */
export function verificationIntervalMs({ fullIntervalMs }: Pick<EffectiveOptions, 'fullIntervalMs'>): number {
  return Math.max(fullIntervalMs, dayMs);
}

/** Start of the last complete round; before the first one, the oldest success that is known. Without any, nothing counts yet. */
function oldestProof({ verification, history }: Status): Date | undefined {
  if (verification?.provenSince) return new Date(verification.provenSince);
  const first = history?.findLast(({ status }) => status === 'Succeeded' || status === 'PartiallySucceeded');
  return first?.completionTime ? new Date(first.completionTime) : undefined;
}
