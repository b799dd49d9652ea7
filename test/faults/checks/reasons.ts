import { isReason, type HistoryEntry, type Neo4jBackup } from '@holdfast/types';
import { highest, type Breach, type Evidence } from '../evidence.ts';

/** I6: everything missed, held, waiting or failed has its reason in status, as an Event, and in a metric. */
export function everyTroubleIsTold(evidence: Evidence): Breach[] {
  return evidence.backups.flatMap((backup) => [
    ...(backup.status?.history ?? []).filter(isTrouble).flatMap((entry) => untold(entry, backup, evidence)),
    ...untoldMisses(backup, evidence),
    ...untoldHolds(backup, evidence),
    ...untoldWait(backup, evidence),
  ]);
}

function isTrouble({ status, count }: HistoryEntry): boolean {
  return count === undefined && status !== 'Succeeded';
}

function untold(entry: HistoryEntry, { metadata }: Neo4jBackup, { events, metrics }: Evidence): Breach[] {
  const { name, namespace, uid } = metadata;
  const run = `${entry.status} run ${entry.runId} of ${name}`;
  const counted =
    entry.status === 'Missed'
      ? highest(metrics, 'neo4jbackup_missed_slots_total', { namespace, name, reason: entry.reason })
      : highest(metrics, 'neo4jbackup_runs_total', { namespace, name, result: entry.status, reason: entry.reason });
  return [
    ...noSentence(entry, run),
    ...(events.some(({ about, message }) => about === uid && message.includes(entry.runId))
      ? []
      : [`I6: no Event tells of ${run}`]),
    ...(counted > 0 ? [] : [`I6: no metric counts ${run} (${entry.reason})`]),
  ];
}

function noSentence({ reason, error }: HistoryEntry, run: string): Breach[] {
  if (!isReason(reason)) return [`I6: ${run} has reason "${reason}", which is in no catalogue`];
  return error ? [] : [`I6: ${run} has no sentence in status`];
}

function untoldMisses({ metadata, status }: Neo4jBackup, { events, metrics }: Evidence): Breach[] {
  const { name, namespace, uid } = metadata;
  const missed = (status?.history ?? []).filter(({ count }) => count !== undefined);
  return missed.flatMap((entry) => [
    ...noSentence(entry, `the entry of missed slots of ${name}`),
    ...(events.some(({ about, reason }) => about === uid && reason === 'BackupMissed')
      ? []
      : [`I6: no Event tells of the missed slots of ${name}`]),
    ...(highest(metrics, 'neo4jbackup_missed_slots_total', { namespace, name, reason: entry.reason }) > 0
      ? []
      : [`I6: no metric counts the missed slots of ${name}`]),
  ]);
}

function untoldHolds({ metadata, status }: Neo4jBackup, { events, metrics }: Evidence): Breach[] {
  const { name, namespace, uid } = metadata;
  return (status?.retention?.held ?? []).flatMap(({ reason, message }) => [
    ...(isReason(reason) && message ? [] : [`I6: retention of ${name} is held without a reason`]),
    ...(events.some((event) => event.about === uid && event.reason === 'RetentionHeld')
      ? []
      : [`I6: no Event tells that retention of ${name} is held`]),
    ...(highest(metrics, 'neo4jbackup_retention_held', { namespace, name, reason }) > 0
      ? []
      : [`I6: no metric tells that retention of ${name} is held (${reason})`]),
  ]);
}

function untoldWait({ metadata, status }: Neo4jBackup, { events, metrics }: Evidence): Breach[] {
  const run = status?.activeRun;
  const waiting = run?.waitingFor;
  if (!run || !waiting) return [];
  return [
    ...(isReason(waiting.reason) && waiting.message ? [] : [`I6: run ${run.id} waits without a reason`]),
    ...(events.some(
      ({ about, message }) => about === metadata.uid && message.includes(run.id) && message.includes(waiting.message),
    )
      ? []
      : [`I6: no Event tells what run ${run.id} waits for (${waiting.message})`]),
    ...(highest(metrics, 'neo4jbackup_runs_waiting', { reason: waiting.reason }) > 0
      ? []
      : [`I6: no metric counts runs that wait for ${waiting.reason}`]),
  ];
}
