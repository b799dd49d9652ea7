import type { TriggersStatus } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { DatabaseFacts } from '../target/target-facts.ts';
import { isBackedUpSince, type Trigger } from './trigger.ts';

type Memory = NonNullable<TriggersStatus['databaseCreated']>;

/** As many as the record keeps by name; of older ones it knows until when they were answered. */
const remembered = 500;

/**
 * Databases of the target appeared and are online: several that come together are one occasion, named by the newest. One that is not online yet
 * would only be missing from the backup.
 */
export const databaseCreated: Trigger<Memory> = (seen, { backup, target }) => {
  if (!target) return undefined;
  if (!seen) return { kind: 'note', seen: { since: firstLook(backup), subjects: [] } };
  const fresh = target.databases
    .filter(({ uid, ready, createdAt }) => ready && createdAt > new Date(seen.since) && !seen.subjects.includes(uid))
    .toSorted(newestFirst);
  const [newest] = fresh;
  if (!newest) return undefined;
  const subjects = [...fresh.map(({ uid }) => uid), ...seen.subjects];
  return { kind: 'fire', seen: bounded({ ...seen, subjects }, target.databases), subject: newest.uid, value: '' };
};

/** What appeared since the backup was declared is new, unless a run that began later has brought it. */
function firstLook(backup: Parameters<typeof isBackedUpSince>[0]): string {
  const { lastRunTime } = backup.status;
  const declared = justBefore(backup.createdAt);
  const run = lastRunTime ? justBefore(new Date(lastRunTime)) : declared;
  return toTime(run > declared && isBackedUpSince(backup, run) ? run : declared);
}

/** Times of objects are whole seconds: what appeared in the same one may have come later. */
function justBefore(time: Date): Date {
  return new Date(time.getTime() - 1000);
}

/** Databases that are forgotten by name must not be new again. */
function bounded({ since, subjects }: Memory, databases: readonly DatabaseFacts[]): Memory {
  const forgotten = new Set(subjects.slice(remembered));
  const latest = databases
    .filter(({ uid }) => forgotten.has(uid))
    .reduce((time, { createdAt }) => Math.max(time, createdAt.getTime()), new Date(since).getTime());
  return { since: toTime(new Date(latest)), subjects: subjects.slice(0, remembered) };
}

function newestFirst(a: DatabaseFacts, b: DatabaseFacts): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || a.uid.localeCompare(b.uid);
}
