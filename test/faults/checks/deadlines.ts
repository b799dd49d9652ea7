import type { ActiveRun, Neo4jBackup } from '@holdfast/types';
import type { Breach, Evidence } from '../evidence.ts';

const minute = 60_000;
const hour = 60 * minute;
/** For the look that settles an overdue run. */
const graceMs = 2 * minute;

/** I2: no run stays in a non-terminal state past its deadline. The figures are those of the promise, not the product's constants. */
export function noRunPastItsDeadline({ backups, now }: Evidence): Breach[] {
  return backups.flatMap((backup) => {
    const run = backup.status?.activeRun;
    if (!run) return [];
    const until = lastMoment(run, backup);
    return now.getTime() > until + graceMs
      ? [
          `I2: run ${run.id} of ${backup.metadata.name} is ${run.phase} since long after ${new Date(until).toISOString()}`,
        ]
      : [];
  });
}

function lastMoment(run: ActiveRun, { spec }: Neo4jBackup): number {
  const at = (time: string | undefined) => Date.parse(time ?? run.recordedAt);
  if (run.kind !== 'backup') return at(run.startedAt) + hour;
  switch (run.phase) {
    case 'Recorded':
      return at(run.recordedAt) + 24 * hour;
    case 'Admitted':
      return at(run.notBefore ?? run.admittedAt) + 24 * hour;
    case 'Starting':
    case 'Running':
    case 'Verifying':
      // Written once, when the Job is created; the rest follows from the Job.
      return at(run.startedAt) + 15 * minute + (spec.options?.deadline ? hour : 24 * hour) + hour;
  }
}
