import type { HistoryEntry, Reason, Status } from '@holdfast/types';
import { withTotal } from './totals.ts';

/**
 * Enters a run that ended. One result per run id: a run that already stands there is not entered again. Runs that the next slot
 * superseded, one after the other, share the entry of the first, so that a long wait does not push real runs out.
 */
export function enter(
  entry: HistoryEntry,
  history: readonly HistoryEntry[] | undefined,
  historyLimit: number,
): HistoryEntry[] {
  const [newest, ...older] = history ?? [];
  if (history?.some(({ runId }) => runId === entry.runId)) return [...history];
  if (entry.status === 'Missed' && newest?.status === 'Missed' && newest.reason === entry.reason) {
    return [{ ...entry, runId: newest.runId, count: (newest.count ?? 1) + 1 }, ...older];
  }
  return [entry, ...(history ?? [])].slice(0, historyLimit);
}

export interface MissedSlots {
  /** Names the entry: the run or the slot that ended the gap. */
  readonly before: string;
  /** Newest of the missed slots, where it is known. */
  readonly slot?: string;
  readonly count: number;
  readonly reason: Reason;
  readonly message: string;
}

/** Missed slots collapse into one entry, so that a long outage does not push real runs out of the history. */
export function countMissed(status: Status, missed: MissedSlots, historyLimit: number): Status {
  const { before, slot, count, reason, message } = missed;
  const [newest, ...older] = status.history ?? [];
  const joined = newest?.status === 'Missed' && newest.reason === reason ? newest : undefined;
  const entry: HistoryEntry = {
    runId: joined?.runId ?? `missed-${before.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`,
    trigger: 'Schedule',
    status: 'Missed',
    reason,
    error: message,
    count: (joined ? (joined.count ?? 1) : 0) + count,
    ...(slot && { slot }),
  };
  return {
    ...status,
    missedSlots: (status.missedSlots ?? 0) + count,
    totals: withTotal(status, entry, count),
    history: [entry, ...(joined ? older : (status.history ?? []))].slice(0, historyLimit),
  };
}
