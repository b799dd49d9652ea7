import type { HistoryEntry, RunTotal, Status } from '@holdfast/types';

type Counted = Pick<HistoryEntry, 'status' | 'reason'>;

/**
 * One more ending, or some missed slots, added to the totals. The history keeps only the newest entries; the totals only ever grow, and are
 * written together with the entry, so that nothing is counted twice or forgotten, whoever dies when.
 */
export function withTotal(status: Pick<Status, 'totals' | 'history'>, ended: Counted, count = 1): RunTotal[] {
  const before = totalsOf(status);
  const isSame = (one: Counted) => one.status === ended.status && one.reason === ended.reason;
  if (!before.some(isSame)) return [...before, { status: ended.status, reason: ended.reason, count }];
  return before.map((total) => (isSame(total) ? { ...total, count: total.count + count } : total));
}

/** The totals of an object; one that was last written before there were any has at least what its history shows. */
export function totalsOf({ totals, history = [] }: Pick<Status, 'totals' | 'history'>): readonly RunTotal[] {
  if (totals) return totals;
  let counted: RunTotal[] = [];
  for (const entry of history.toReversed()) counted = withTotal({ totals: counted }, entry, entry.count ?? 1);
  return counted;
}
