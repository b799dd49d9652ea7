import type { ActiveRun, AgentResult, HistoryEntry, Reason, RetentionResult, Status } from '@holdfast/types';
import { formatBytes, formatThroughput } from '../format/bytes.ts';
import { formatDuration } from '../format/duration.ts';
import { toTime } from '../run/decide.ts';
import { withCondition, type Finding } from './conditions.ts';

/** Changes of facts, one for each thing that can happen to a run. All are pure; `project` makes them readable afterwards. */

/** A cause was answered: from here on it can never start a second run. */
export function recordRun(status: Status, run: ActiveRun, missed: number, historyLimit: number): Status {
  const answered: Status = {
    ...status,
    activeRun: run,
    ...(run.slot && { lastSlotTime: run.slot }),
    ...(run.trigger === 'Request' &&
      run.token && { lastRunTokens: [run.token, ...(status.lastRunTokens ?? [])].slice(0, 20) }),
  };
  return missed > 0
    ? countMissed(
        answered,
        missed,
        'SlotMissed',
        'the slots passed while nobody could answer them; the newest is caught up',
        historyLimit,
      )
    : answered;
}

export function missSlots(status: Status, newest: Date, count: number, historyLimit: number): Status {
  const message = 'the slots passed longer ago than spec.startingDeadlineSeconds allows, so they are not caught up';
  return countMissed({ ...status, lastSlotTime: toTime(newest) }, count, 'SlotSkipped', message, historyLimit);
}

/** Slots before `from` are answered without a run. */
export function resumeSchedule(status: Status, from: Date): Status {
  return { ...status, lastSlotTime: toTime(from) };
}

export function admitRun(status: Status, now: Date): Status {
  return withRun(status, (run) => {
    const { waitingFor: _place, ...rest } = run;
    return { ...rest, phase: 'Admitted', admittedAt: toTime(now) };
  });
}

export function parkRun(status: Status, waiting: { reason: Reason; message: string }, now: Date): Status {
  return withRun(status, (run) => {
    const same = run.waitingFor?.reason === waiting.reason;
    return { ...run, waitingFor: { ...waiting, since: same && run.waitingFor ? run.waitingFor.since : toTime(now) } };
  });
}

/** The Job of this attempt exists. */
export function startRun(
  status: Status,
  job: { name: string; uid: string },
  facts: { expected: readonly string[]; startedAt: Date },
): Status {
  const started = withRun(status, (run) => {
    const { waitingFor: _waited, notBefore: _retry, ...rest } = run;
    return { ...rest, phase: 'Starting', job, startedAt: toTime(facts.startedAt), expected: [...facts.expected] };
  });
  return { ...started, lastRunTime: toTime(facts.startedAt) };
}

export function retryRun(status: Status, at: Date): Status {
  return withRun(status, ({ job: _job, startedAt: _started, waitingFor: _waited, ...run }) => ({
    ...run,
    phase: 'Admitted',
    attempt: run.attempt + 1,
    notBefore: toTime(at),
  }));
}

export interface Ending {
  readonly status: HistoryEntry['status'];
  readonly reason: Reason;
  readonly message: string;
  readonly result?: AgentResult;
}

/** A backup run is over. One result per run id: a run that already stands in the history is not entered again. */
export function settleRun(status: Status, ending: Ending, historyLimit: number, now: Date): Status {
  const run = status.activeRun;
  if (!run) return status;
  const { activeRun: _over, ...rest } = status;
  const known = status.history?.some((entry) => entry.runId === run.id);
  const entry = historyEntry(run, ending, now);
  const history = known ? status.history : [entry, ...(status.history ?? [])].slice(0, historyLimit);
  return {
    ...rest,
    ...(history && { history }),
    ...(entry.stats && { stats: entry.stats }),
    ...(ending.status === 'Missed' ? { missedSlots: (status.missedSlots ?? 0) + 1 } : countFailure(status, ending)),
    ...(ending.status === 'Succeeded' && successFacts(ending.result, now)),
  };
}

/** A retention run is over; it leaves no entry in the history, which speaks of backups. */
export function settleRetention(status: Status, cause: string, result: RetentionResult, now: Date): Status {
  const { activeRun: _over, ...rest } = status;
  const { nextExpiry: _passed, ...retention } = status.retention ?? {};
  return {
    ...rest,
    retention: {
      ...retention,
      lastRunTime: toTime(now),
      cause,
      kept: result.kept,
      removed: result.removed,
      held: result.held,
      ...(result.nextExpiry && { nextExpiry: result.nextExpiry }),
    },
  };
}

/** The plan stands in status before anything is removed. */
export function planRetentionRun(status: Status, runId: string, result: RetentionResult, now: Date): Status {
  const planned = withRun(status, (run) => ({ ...run, phase: 'Running', startedAt: toTime(now) }));
  return {
    ...planned,
    retention: {
      ...status.retention,
      kept: result.kept,
      plan: {
        run: runId,
        time: toTime(now),
        remove: result.remove.slice(0, 20),
        removeCount: result.removeCount,
        archive: [],
        reclaimBytes: result.reclaimBytes,
      },
    },
  };
}

/** Conditions that only the one who looked can set: the store, the Job. */
export function noteFinding(status: Status, finding: Finding, generation: number, now: Date): Status {
  return { ...status, conditions: withCondition(status.conditions ?? [], finding, generation, now) };
}

function withRun(status: Status, change: (run: ActiveRun) => ActiveRun): Status {
  return status.activeRun ? { ...status, activeRun: change(status.activeRun) } : status;
}

/** Missed slots collapse into one entry, so that a long outage does not push real runs out of the history. */
function countMissed(status: Status, count: number, reason: Reason, message: string, historyLimit: number): Status {
  const [newest, ...older] = status.history ?? [];
  const joins = newest?.status === 'Missed' && newest.reason === reason;
  const entry: HistoryEntry = {
    runId: 'missed',
    trigger: 'Schedule',
    status: 'Missed',
    reason,
    error: message,
    count: (joins ? (newest.count ?? 1) : 0) + count,
    ...(status.lastSlotTime && { slot: status.lastSlotTime }),
  };
  const rest = joins || !newest ? older : [newest, ...older];
  return {
    ...status,
    missedSlots: (status.missedSlots ?? 0) + count,
    history: [entry, ...rest].slice(0, historyLimit),
  };
}

function countFailure(status: Status, ending: Ending): Pick<Status, 'consecutiveFailures'> {
  const failed = ending.status === 'Failed' || ending.status === 'PartiallySucceeded';
  return { consecutiveFailures: failed ? (status.consecutiveFailures ?? 0) + 1 : 0 };
}

function successFacts(result: AgentResult | undefined, now: Date): Partial<Status> {
  const newest = result?.databases.filter(
    (database) => database.name !== 'system' && database.highestTx !== undefined,
  )[0];
  const time = result?.completionTime ?? toTime(now);
  return {
    lastSuccessTime: time,
    ...(newest?.chain && {
      restorePoint: {
        time: result?.startTime ?? time,
        transaction: newest.highestTx ?? 0,
        chain: newest.chain,
        verifiedTime: time,
      },
    }),
  };
}

function historyEntry(run: ActiveRun, { status, reason, message, result }: Ending, now: Date): HistoryEntry {
  const startTime = result?.startTime ?? run.startedAt;
  return {
    runId: run.id,
    trigger: run.trigger,
    status,
    reason,
    ...(run.slot && { slot: run.slot }),
    ...(status !== 'Succeeded' && { error: message }),
    ...(startTime && { startTime }),
    completionTime: result?.completionTime ?? toTime(now),
    ...(result?.type && { type: result.type }),
    ...(result && { stats: statsOf(result) }),
    ...(result &&
      status !== 'Failed' &&
      result.verified && { verification: { level: result.verified, time: toTime(now) } }),
    ...(result && result.databases.length > 0 && databasesOf(result)),
  };
}

function databasesOf({
  databases,
  counts,
}: AgentResult): Pick<HistoryEntry, 'databases' | 'databaseCount' | 'failedDatabaseCount'> {
  const failedFirst = databases.toSorted((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
  return {
    databases: failedFirst.slice(0, 10),
    databaseCount: counts?.expected ?? databases.length,
    failedDatabaseCount: (counts?.expected ?? 0) - (counts?.succeeded ?? 0),
  };
}

function statsOf({ counts }: AgentResult): NonNullable<HistoryEntry['stats']> {
  if (!counts) return {};
  const throughput = formatThroughput(counts.bytes, counts.durationMs);
  return {
    size: formatBytes(counts.bytes),
    sizeBytes: counts.bytes,
    duration: formatDuration(counts.durationMs),
    durationSeconds: Math.round(counts.durationMs / 100) / 10,
    ...(throughput && { throughput }),
    fileCount: counts.files,
  };
}
