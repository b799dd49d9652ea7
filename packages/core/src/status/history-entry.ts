import type { ActiveRun, AgentResult, HistoryEntry, Reason } from '@holdfast/types';
import { formatBytes, formatThroughput } from '../format/bytes.ts';
import { formatDuration } from '../format/duration.ts';
import { toTime, wholeSeconds } from '../format/time.ts';

/** How a run ended, as whoever settles it knows. */
export interface Ending {
  readonly status: HistoryEntry['status'];
  readonly reason: Reason;
  readonly message: string;
  readonly result?: AgentResult;
}

/** What the history keeps of a run: the names and figures that people ask for; the whole story stands in the store. */
export function historyEntry(run: ActiveRun, { status, reason, message, result }: Ending, now: Date): HistoryEntry {
  const startTime = result?.startTime ?? run.startedAt;
  return {
    runId: run.id,
    trigger: run.trigger,
    status,
    reason,
    ...(run.event && { event: run.event }),
    ...(run.slot && { slot: run.slot }),
    ...(status !== 'Succeeded' && { error: message }),
    ...(startTime && { startTime: wholeSeconds(startTime) }),
    completionTime: result ? wholeSeconds(result.completionTime) : toTime(now),
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
