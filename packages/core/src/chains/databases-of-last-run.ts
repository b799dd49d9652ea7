import type { CatalogueEntry } from './catalogue-entry.ts';

/** Databases that the newest earlier run brought: what a run of everything is expected to bring again. */
export function databasesOfLastRun(entries: readonly CatalogueEntry[], thisRun: string): string[] {
  const earlier = entries.map(({ manifest }) => manifest).filter(({ run }) => run !== thisRun);
  const [first, ...others] = earlier;
  if (!first) return [];
  const newest = others.reduce((one, other) => (other.startTime > one.startTime ? other : one), first);
  return [...new Set(earlier.filter(({ run }) => run === newest.run).map(({ database }) => database))];
}
