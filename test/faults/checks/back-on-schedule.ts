import { backupFacts, slotsBetween } from '@holdfast/core';
import type { Neo4jBackup } from '@holdfast/types';
import type { Breach, Evidence } from '../evidence.ts';

/** For the look that answers a slot which has just come. */
const graceMs = 30_000;

/** I7: when the trouble is over, every service is well, every slot is answered, and the next one is known. */
export function backOnSchedule({ backups, health, now }: Evidence): Breach[] {
  const unwell = Object.entries(health)
    .filter(([, state]) => state !== 'ok')
    .map(([service, state]) => `I7: ${service} is ${state}`);
  return [...unwell, ...backups.flatMap((backup) => offSchedule(backup, now))];
}

function offSchedule(backup: Neo4jBackup, now: Date): Breach[] {
  const { metadata, status = {} } = backup;
  const { spec, createdAt } = backupFacts(backup);
  if (!spec?.schedule || spec.suspend) return [];
  const answered = status.lastSlotTime ? new Date(status.lastSlotTime) : createdAt;
  const { newest } = slotsBetween(spec.schedule, answered, new Date(now.getTime() - graceMs), 1);
  return [
    ...(newest && !status.activeRun ? [`I7: slot ${newest.toISOString()} of ${metadata.name} was not answered`] : []),
    ...(Date.parse(status.nextRunTime ?? '') > now.getTime() - graceMs
      ? []
      : [`I7: ${metadata.name} says its next run is at ${status.nextRunTime}, and it is ${now.toISOString()}`]),
  ];
}
