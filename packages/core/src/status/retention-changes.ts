import type { RetentionResult, Status } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import { withRun } from './with-run.ts';

/** After a retention run that came to nothing, when the folder is looked at again. */
const retryAfterMs = 3_600_000;

/** A retention run is over; it leaves no entry in the history, which speaks of backups. */
export function settleRetention(status: Status, cause: string, result: RetentionResult, now: Date): Status {
  const { activeRun: _over, ...rest } = status;
  const before = status.retention?.totals;
  const { nextExpiry: _passed, removedLeftovers: _earlier, archived: _before, ...retention } = status.retention ?? {};
  return {
    ...rest,
    retention: {
      ...retention,
      lastRunTime: toTime(now),
      cause,
      kept: result.kept,
      removed: result.removed,
      ...(result.archived !== undefined && { archived: result.archived }),
      ...(result.archive && { archive: result.archive }),
      held: result.held,
      totals: {
        removed: (before?.removed ?? 0) + result.removed,
        ...archivedInAll(before, result),
        reclaimedBytes: (before?.reclaimedBytes ?? 0) + result.reclaimedBytes,
      },
      ...(result.removedLeftovers && { removedLeftovers: result.removedLeftovers }),
      ...(result.nextExpiry && { nextExpiry: result.nextExpiry }),
    },
  };
}

/** The plan stands in status before anything is removed. */
export function planRetentionRun(status: Status, runId: string, result: RetentionResult, now: Date): Status {
  // A plan that is made again after a crash does not begin the run anew: its deadline counts from its start.
  const planned = withRun(status, (run) => ({ ...run, phase: 'Running', startedAt: run.startedAt ?? toTime(now) }));
  const before = status.retention?.plan;
  // What a person agreed to stands as it was shown, also when a part of it is gone already.
  if (before?.run === runId && before.consent === 'Acknowledged' && result.consent === 'Acknowledged') return planned;
  return {
    ...planned,
    retention: {
      ...status.retention,
      kept: result.kept,
      plan: {
        ...(result.plan !== undefined && { id: result.plan }),
        ...(result.consent && { consent: result.consent }),
        run: runId,
        time: toTime(now),
        ...goingOf(result),
        ...(result.removeArtifacts !== undefined && { removeArtifacts: result.removeArtifacts }),
        ...(result.keep && { keep: result.keep.slice(0, 20) }),
        ...(result.keepCount !== undefined && { keepCount: result.keepCount }),
        ...(result.keepBytes !== undefined && { keepBytes: result.keepBytes }),
        reclaimBytes: result.reclaimBytes,
        ...(result.leftovers && { leftovers: result.leftovers }),
      },
    },
  };
}

/** What is planned to go stands where it goes to. */
function goingOf({ deletePolicy, remove, removeCount }: RetentionResult) {
  const named = remove.slice(0, 20);
  return deletePolicy === 'Archive'
    ? { remove: [], removeCount: 0, archive: named, archiveCount: removeCount }
    : { remove: named, removeCount, archive: [] };
}

function archivedInAll(
  before: NonNullable<Status['retention']>['totals'],
  { archived = 0, archivedBytes = 0 }: RetentionResult,
): { archived?: number; archivedBytes?: number } {
  const all = {
    archived: (before?.archived ?? 0) + archived,
    archivedBytes: (before?.archivedBytes ?? 0) + archivedBytes,
  };
  return all.archived > 0 ? all : {};
}

/** Nobody finished the run in time: its occasion counts as answered, and the next look comes by itself, as another run. */
export function expireRetention(status: Status, message: string, now: Date): Status {
  const run = status.activeRun;
  if (!run) return status;
  const { activeRun: _over, ...rest } = status;
  return {
    ...rest,
    retention: {
      ...status.retention,
      lastRunTime: toTime(now),
      cause: run.token ?? run.id,
      removed: 0,
      held: [{ reason: 'RetentionFailed', message }],
      nextExpiry: toTime(new Date(now.getTime() + retryAfterMs)),
    },
  };
}
