import type { ArtifactHeader } from './artifact-file.ts';
import { CommandError } from './context.ts';

/** Whether a transaction still belongs to what is restored. */
export type Until = (tx: number, committedAt: Date) => boolean;

/**
 * `--restore-until`: strictly before the given transaction, or before the given time (`YYYY-MM-DD hh:mm:ss`, UTC). A
 * point before the end of the FULL cannot be reached from it.
 */
export function readUntil(value: string | undefined, chain: readonly ArtifactHeader[]): Until {
  const [full] = chain;
  if (value === undefined || !full) return () => true;
  if (/^\d+$/.test(value)) {
    const limit = Number(value);
    if (limit <= full.highestTx) throw tooEarly(value, full);
    return (tx) => tx < limit;
  }
  const time = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(value)
    ? new Date(`${value.replace(' ', 'T')}Z`)
    : undefined;
  if (!time) throw new CommandError(`--restore-until is neither a transaction nor a time: '${value}'`, 64);
  if (time <= new Date(full.committedAt)) throw tooEarly(value, full);
  return (_tx, committedAt) => committedAt < time;
}

function tooEarly(value: string, { highestTx, committedAt }: ArtifactHeader): CommandError {
  return new CommandError(
    `Cannot restore until ${value}: the full backup reaches to transaction ${highestTx} of ${committedAt}.`,
  );
}
