import type { HistoryEntry, Phase, Status } from '@holdfast/types';
import { toTime } from '../format/time.ts';
import type { BackupFacts } from '../run/observed.ts';
import { nextSlot } from '../schedule.ts';
import { conditionOf, withCondition, withoutCondition, type Finding } from './conditions.ts';

/**
 * Facts → what people read: phase, message, next slot and the conditions that follow from other facts. Whoever changes a fact
 * in status sends it through here, so a projection can never contradict the facts beside it.
 * @param backup the object as it is; its `status` is not read, `status` is
 */
export function project(status: Status, backup: Omit<BackupFacts, 'status'>, now: Date): Status {
  const next = nextSlotOf(backup, now);
  const { nextRunTime: _old, ...facts } = status;
  const projected: Status = {
    ...facts,
    ...(next && { nextRunTime: toTime(next) }),
    observedGeneration: backup.generation,
    phase: phaseOf(status, backup),
    message: messageOf(status, backup, next),
  };
  return { ...projected, conditions: conditionsOf(projected, backup, now) };
}

/** Nothing is promised to an object that is suspended or somebody else's. */
function nextSlotOf({ spec, foreign }: Omit<BackupFacts, 'status'>, now: Date): Date | undefined {
  return spec?.schedule && !spec.suspend && !foreign ? nextSlot(spec.schedule, now) : undefined;
}

function phaseOf({ activeRun, history }: Status, { spec, refusals }: Omit<BackupFacts, 'status'>): Phase {
  if (activeRun?.kind === 'backup')
    return activeRun.phase === 'Recorded' || activeRun.phase === 'Admitted' ? 'Pending' : 'Running';
  if (!spec || refusals.length > 0) return 'Failed';
  if (spec.suspend) return 'Suspended';
  const last = lastRun(history);
  if (last?.status === 'Failed' || (last?.status === 'PartiallySucceeded' && !spec.schedule)) return 'Failed';
  if (spec.schedule) return 'Scheduled';
  if (last?.status === 'Cancelled') return 'Failed';
  return last?.status === 'Succeeded' ? 'Completed' : 'Pending';
}

function messageOf(
  { activeRun, history }: Status,
  { spec, refusals, foreign }: Omit<BackupFacts, 'status'>,
  next: Date | undefined,
): string {
  const [refusal] = refusals;
  if (foreign) return `another operator looks after this object; ${foreignRemedy}`;
  if (activeRun?.kind === 'backup') {
    if (activeRun.waitingFor) return `waiting: ${activeRun.waitingFor.message}`;
    if (activeRun.notBefore)
      return `attempt ${activeRun.attempt} of run ${activeRun.id} starts at ${activeRun.notBefore}`;
    return activeRun.phase === 'Recorded' || activeRun.phase === 'Admitted'
      ? `run ${activeRun.id} is about to start`
      : `run ${activeRun.id} is under way`;
  }
  if (refusal) return refusal.message;
  if (spec?.suspend) return 'suspended; set spec.suspend to false to go on';
  const last = lastRun(history);
  const then = next ? `; next run at ${toTime(next)}` : '';
  if (!last) return next ? `the first run is due at ${toTime(next)}` : 'nothing has run yet';
  return `${sentenceOf(last)}${then}`;
}

function sentenceOf(entry: HistoryEntry): string {
  switch (entry.status) {
    case 'Succeeded':
      return `last run ${entry.runId} succeeded${entry.stats?.size ? ` with ${entry.stats.size}` : ''}`;
    case 'PartiallySucceeded':
      return `last run ${entry.runId} succeeded in part: ${entry.error ?? entry.reason}`;
    case 'Failed':
      return `last run ${entry.runId} failed: ${entry.error ?? entry.reason}`;
    case 'Missed':
      return `${entry.count ?? 1} slot${(entry.count ?? 1) === 1 ? ' was' : 's were'} missed: ${entry.error ?? entry.reason}`;
    case 'Cancelled':
      return `last run ${entry.runId} was cancelled`;
  }
}

function conditionsOf(
  status: Status,
  backup: Omit<BackupFacts, 'status'>,
  now: Date,
): NonNullable<Status['conditions']> {
  let conditions = status.conditions ?? [];
  for (const finding of [
    readiness(status, backup),
    lastRunFinding(status),
    verifiedFinding(status),
    retentionFinding(status, backup),
  ]) {
    if (finding) conditions = withCondition(conditions, finding, backup.generation, now);
  }
  if (!backup.spec?.retention) conditions = withoutCondition(conditions, 'RetentionHealthy');
  return conditions;
}

const foreignRemedy = 'remove that operator and its finalizer, or use another name';

function readiness({ activeRun, conditions }: Status, { refusals, foreign }: Omit<BackupFacts, 'status'>): Finding {
  const [refusal] = refusals;
  const ready = (value: Finding['status'], reason: Finding['reason'], message: string): Finding => ({
    type: 'Ready',
    status: value,
    reason,
    message,
  });
  if (foreign) return ready('False', 'ManagedElsewhere', `another operator looks after this object; ${foreignRemedy}`);
  if (refusal) return ready('False', refusal.reason, refusals.map(({ message }) => message).join('; '));
  const waiting = activeRun?.waitingFor;
  if (waiting && waiting.reason !== 'WaitingForPlace')
    return ready('False', waiting.reason as Finding['reason'], waiting.message);
  const storage = conditionOf(conditions, 'StorageReady');
  if (storage?.status === 'False') return ready('False', storage.reason as Finding['reason'], storage.message);
  const before = conditionOf(conditions, 'Ready');
  if (storage?.status === 'True')
    return ready('True', 'SpecValid', 'the spec is valid, the target was found and the store answers');
  if (before?.status === 'True') return ready('True', 'SpecValid', before.message);
  return ready('Unknown', 'NotCheckedYet', 'the spec is valid; target and store are looked at when a run starts');
}

function lastRunFinding({ history }: Status): Finding | undefined {
  const last = lastRun(history);
  if (!last) return undefined;
  return {
    type: 'LastRunSucceeded',
    status: last.status === 'Succeeded' ? 'True' : 'False',
    reason: last.reason as Finding['reason'],
    message: sentenceOf(last),
  };
}

/** The newest word counts: that of a run about what it made, or of a verification about everything that counts. */
function verifiedFinding(status: Status): Finding | undefined {
  const [runs, looks] = [ofRuns(status), ofVerification(status)];
  // Of one second, of which nobody can say what came first: that everything was read back says more than that one run was proven.
  const bothGood = runs?.finding.status === 'True' && looks?.finding.status === 'True';
  const words = (bothGood ? [looks, runs] : [runs, looks]).filter((word) => word !== undefined);
  const newest = words.toSorted((a, b) => secondOf(b) - secondOf(a))[0];
  return newest && { type: 'Verified', ...newest.finding };
}

interface Word {
  readonly at: string;
  readonly finding: Omit<Finding, 'type'>;
}

function secondOf({ at }: Word): number {
  return Math.floor((Date.parse(at) || 0) / 1000);
}

function ofRuns(status: Status): Word | undefined {
  const { history } = status;
  const last = history?.find(({ verification, reason }) => verification || unproven.includes(reason));
  if (!last) return undefined;
  const { runId, reason, verification, error = reason, startTime, completionTime = '' } = last;
  if (unproven.includes(reason))
    return { at: completionTime, finding: { status: 'False', reason: reason as Finding['reason'], message: error } };
  const { level, time } = verification ?? { level: 'objects', time: completionTime };
  const message = `run ${runId} was proven at level ${level} at ${time}`;
  // What the run itself found damaged stays said until the next one. Times in status are whole seconds, so its own word says more than they do.
  if (status.verification?.damaged?.some(({ foundBy }) => foundBy === runId)) return undefined;
  return { at: startTime ?? time, finding: { status: 'True', reason: 'Succeeded', message } };
}

/** Ends that say something is wrong with what lies in the store. */
const unproven: readonly string[] = ['VerificationFailed', 'ArtifactMissing', 'ArtifactChanged'];

/** Damage that a backup run came upon counts from when it was found: a later success stands on a new chain. */
function ofVerification({ verification }: Status): Word | undefined {
  const { lastRunTime, reason, message = '', unfinished, damaged = [], damagedCount = 0 } = verification ?? {};
  const [newest] = damaged;
  const looked = lastRunTime !== undefined && reason !== undefined && verification?.notBefore === undefined;
  const at = [looked ? lastRunTime : '', newest?.time ?? ''].toSorted().at(-1) ?? '';
  if (newest) {
    const others = damagedCount > 1 ? `; ${damagedCount} artifacts are damaged in all` : '';
    const why = { reason: newest.reason as Finding['reason'], message: `${newest.message}${others}` };
    return { at, finding: { status: 'False', ...why } };
  }
  if (!looked || unfinished || reason !== 'Verified') return undefined;
  const finding = {
    status: 'True',
    reason: 'Verified',
    message: `at level content at ${lastRunTime}: ${message}`,
  } as const;
  return { at: lastRunTime, finding };
}

function retentionFinding({ retention }: Status, { spec }: Omit<BackupFacts, 'status'>): Finding | undefined {
  if (!spec?.retention || !retention?.lastRunTime) return undefined;
  const [held] = retention.held ?? [];
  if (held)
    return {
      type: 'RetentionHealthy',
      status: 'False',
      reason: held.reason as Finding['reason'],
      message: held.message,
    };
  const message = `${retention.kept ?? 0} restore points kept, ${retention.removed ?? 0} artifacts removed at ${retention.lastRunTime}`;
  return { type: 'RetentionHealthy', status: 'True', reason: 'RetentionApplied', message };
}

/** Missed slots are told, and do not hide how the last real run ended. */
function lastRun(history: Status['history']): HistoryEntry | undefined {
  return history?.find((entry) => entry.status !== 'Missed') ?? history?.[0];
}
