import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains, type Chain } from '../chains/chains.ts';
import type { KeepRule, RetentionPolicy } from './plan.ts';

/**
 * For tests: the policy's text once more, written for reading and not for speed, and without anything of the planner: which runs are
 * wanted. Knows nothing of what is held.
 * @param times the earlier of the two clocks, by which things age, and the later one, after which there is only the future
 */
export function wantedByTheText(
  entries: readonly CatalogueEntry[],
  policy: RetentionPolicy,
  { at, latest = at }: { at: Date; latest?: Date },
): Set<string> {
  const lost = new Set(chains(entries).flatMap((chain) => [...chain.lost]));
  const runs = [...Map.groupBy(entries, ({ manifest }) => manifest.run)]
    .map(([id, made]) => ({
      id,
      start: Math.max(...made.map(({ manifest }) => Date.parse(manifest.startTime))),
      touched: Math.max(...made.map(({ modifiedAt }) => modifiedAt.getTime())),
      counts: made.some((entry) => !lost.has(entry)),
    }))
    .toSorted((a, b) => b.start - a.start);
  const counted = runs.filter((run) => run.counts && run.start <= latest.getTime() + 3_600_000);
  const { maxCount = Infinity } = policy;
  const cut = counted.length > maxCount ? (counted[maxCount - 1]?.start ?? 0) : -Infinity;
  const within = runs.filter(
    ({ start, touched }) =>
      start >= cut && (policy.maxAgeMs === undefined || at.getTime() - Math.max(start, touched) < policy.maxAgeMs),
  );
  const kept = counted.slice(0, policy.keep?.last ?? 0);
  for (const [rule, period] of Object.entries(periods)) {
    const lastOfEach = new Map<string, (typeof counted)[number]>();
    for (const run of counted.toReversed()) lastOfEach.set(period(new Date(run.start), policy.timeZone ?? 'UTC'), run);
    const newest = [...lastOfEach.values()].toSorted((a, b) => b.start - a.start);
    kept.push(...newest.slice(0, policy.keep?.[rule as KeepRule] ?? 0));
  }
  return new Set([...within, ...kept].map(({ id }) => id));
}

/** For tests: the chains that stay: one of their runs is wanted, or they are the best of their database. */
export function keptByTheText(entries: readonly CatalogueEntry[], policy: RetentionPolicy, at: Date): string[] {
  const all = chains(entries);
  const wanted = wantedByTheText(entries, policy, { at });
  const best = [...Map.groupBy(all, ({ database }) => database).values()].map(bestOf);
  const stay = all.filter((chain) => best.includes(chain) || chain.runs.some((run) => wanted.has(run)));
  const anyLimit = policy.maxAgeMs !== undefined || policy.maxCount !== undefined;
  return (anyLimit && stay.length > 0 ? stay : all).map(({ databaseId, id }) => `${databaseId}/${id}`);
}

function bestOf(newestFirst: readonly Chain[]): Chain | undefined {
  const withFull = newestFirst.filter(({ full, lost }) => full && !lost.has(full));
  return withFull.find(({ verified }) => verified) ?? withFull[0] ?? newestFirst.find(({ full }) => full);
}

const periods: { readonly [R in Exclude<KeepRule, 'last'>]: (at: Date, timeZone: string) => string } = {
  hourly: (at, zone) => wall(at, zone).slice(0, 13),
  daily: (at, zone) => wall(at, zone).slice(0, 10),
  weekly: (at, zone) => mondayOf(wall(at, zone).slice(0, 10)),
  monthly: (at, zone) => wall(at, zone).slice(0, 7),
  yearly: (at, zone) => wall(at, zone).slice(0, 4),
};

/** Swedes write dates as ISO 8601 does. */
function wall(at: Date, timeZone: string): string {
  let format = walls.get(timeZone);
  if (!format)
    walls.set(timeZone, (format = Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })));
  return format.format(at);
}

/** To make one costs a hundred times as much as to use it. */
const walls = new Map<string, Intl.DateTimeFormat>();

function mondayOf(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString();
}
