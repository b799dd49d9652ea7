import type { CatalogueEntry } from './catalogue-entry.ts';

/**
 * What a run of everything is expected to bring again: the databases of the last good run and of all that came since, because a run that succeeded
 * in part only forgets what it did not bring. Where nobody knows which run was good, those of the newest one.
 * @param lastGoodRun the newest run that brought all it should have
 */
export function databasesOfLastRun(
  entries: readonly CatalogueEntry[],
  thisRun: string,
  lastGoodRun: string | undefined,
): string[] {
  const earlier = entries.map(({ manifest }) => manifest).filter(({ run }) => run !== thisRun);
  const [first, ...others] = earlier;
  if (!first) return [];
  const newest = others.reduce((one, other) => (other.startTime > one.startTime ? other : one), first);
  const good = earlier.find(({ run }) => run === lastGoodRun) ?? newest;
  const told = earlier.filter(({ run, startTime }) => run === good.run || startTime > good.startTime);
  return [...new Set(told.map(({ database }) => database))];
}
