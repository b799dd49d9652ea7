import type { CatalogueEntry, RetentionPolicy } from '@holdfast/core';
import { longHistory } from '../../../packages/core/src/chains/a-long-history.ts';

const hourMs = 3_600_000;
const begin = new Date('2005-01-01T02:00:00Z');

/** Artifacts of hourly runs of two databases, in no order, and the same at every call. */
export function manyEntries(count: number): CatalogueEntry[] {
  const entries = [...longHistory({ runs: count / 2, begin })];
  let state = 7;
  for (let last = entries.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const other = state % (last + 1);
    [entries[last], entries[other]] = [entries[other] as CatalogueEntry, entries[last] as CatalogueEntry];
  }
  return entries;
}

/** A policy with everything in it, under which about half of them go. */
export function policyFor(count: number): { readonly policy: RetentionPolicy; readonly now: Date } {
  const now = new Date(begin.getTime() + (count / 2) * hourMs);
  const keep = { last: 10, daily: 30, weekly: 8, monthly: 12, yearly: 5 };
  return { policy: { maxAgeMs: (count / 4) * hourMs, keep, timeZone: 'Europe/Stockholm', suspended: false }, now };
}

/** What a sort is given: of each artifact what the plan goes by. */
export function* linesOf(count: number): Generator<string> {
  for (const { key, manifest } of manyEntries(count))
    yield `${manifest.databaseId}\t${manifest.chain}\t${manifest.startTime}\t${manifest.run}\t${manifest.bytes}\t${key}\n`;
}
