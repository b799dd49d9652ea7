import type { ActiveRun, EffectiveSchedule, EffectiveSpec, HistoryEntry, Status } from '@holdfast/types';
import type { BackupFacts, JobFacts, Observed } from './observed.ts';

/*
 * For tests: facts told by what is special about them. The usual backup is called `nightly`, was created on 1 March 2026 and backs up
 * the cluster `production` to a bucket; its usual run answers the slot of 2 March 02:00.
 */

export const uid = '1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809';

/** `at('02T02:00')` is 2 March 2026, 02:00 UTC. */
export function at(dayAndTime: string): Date {
  return new Date(`2026-03-${dayAndTime}${dayAndTime.length === 8 ? ':00' : ''}Z`);
}

export const daily: EffectiveSchedule = { expression: '0 2 * * *', timeZone: 'UTC' };

export function aSpec(difference: Partial<EffectiveSpec> = {}): EffectiveSpec {
  return {
    target: { kind: 'Cluster', name: 'production', namespace: 'neo4j' },
    storage: { type: 's3', bucket: 'backups', path: '' },
    suspend: false,
    historyLimit: 20,
    ...difference,
    options: {
      backupType: 'AUTO',
      fullIntervalMs: 7 * 86_400_000,
      compress: true,
      additionalArgs: [],
      deadlineMs: 24 * 3_600_000,
      stallTimeoutMs: 1_800_000,
      retries: 2,
      verify: false,
      transfer: 'Auto',
      pod: {},
      ...difference.options,
    },
  };
}

export function aBackup(difference: Partial<BackupFacts> = {}): BackupFacts {
  return {
    key: { namespace: 'neo4j', name: 'nightly' },
    uid,
    generation: 1,
    createdAt: at('01T00:00'),
    deleting: false,
    foreign: false,
    refusals: [],
    status: {},
    spec: aSpec(),
    ...difference,
  };
}

/** What belongs to the spec, the status, the Job or the backup goes to its place. */
export function anObserved({
  spec,
  status,
  job,
  ...backup
}: Partial<Omit<BackupFacts, 'spec' | 'status'>> & {
  spec?: Partial<EffectiveSpec>;
  status?: Status;
  job?: JobFacts;
} = {}): Observed {
  const facts = aBackup({ ...backup, ...(spec && { spec: aSpec(spec) }), ...(status && { status }) });
  return { backup: facts, ...(job && { job }) };
}

export const slotRunId = 's20260302t020000z-1a2b3c4d';

export function aRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  return {
    id: slotRunId,
    kind: 'backup',
    trigger: 'Schedule',
    slot: '2026-03-02T02:00:00Z',
    phase: 'Starting',
    attempt: 1,
    recordedAt: '2026-03-02T02:00:00Z',
    admittedAt: '2026-03-02T02:00:00Z',
    startedAt: '2026-03-02T02:00:00Z',
    job: { name: 'nightly-backup', uid: 'job-1' },
    ...difference,
  };
}

/** A run that a person asked for and that waits for its Job. */
export function anAdmittedRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { startedAt: _notYet, job: _none, ...run } = aRun({ phase: 'Admitted', ...difference });
  return run;
}

/** A run without a place. */
export function aRecordedRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { admittedAt: _notYet, ...run } = anAdmittedRun({ phase: 'Recorded', ...difference });
  return run;
}

export function aRetentionRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { slot: _none, ...run } = anAdmittedRun({
    id: 'p0123456789-1a2b3c4d',
    kind: 'retention',
    trigger: 'Retention',
    token: 'the occasion',
    ...difference,
  });
  return run;
}

export function aVerifyRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { slot: _none, ...run } = anAdmittedRun({
    id: 'v0123456789-1a2b3c4d',
    kind: 'verify',
    trigger: 'Verification',
    round: '2026-03-02T02:00:00Z',
    ...difference,
  });
  return run;
}

export function aThawRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { slot: _none, ...run } = anAdmittedRun({
    id: 't0123456789-1a2b3c4d',
    kind: 'thaw',
    trigger: 'Thaw',
    token: 'ask for orders-1',
    ...difference,
  });
  return run;
}

export function anEraseRun(difference: Partial<ActiveRun> = {}): ActiveRun {
  const { slot: _none, ...run } = anAdmittedRun({
    id: 'x0123456789-1a2b3c4d',
    kind: 'erase',
    trigger: 'Erase',
    ...difference,
  });
  return run;
}

/** The Job of the usual run, whose pod is at work. */
export function aJob(difference: Partial<JobFacts> = {}): JobFacts {
  return {
    name: 'nightly-backup',
    uid: 'job-1',
    runId: slotRunId,
    attempt: 1,
    backupUid: uid,
    createdAt: at('02T02:00'),
    startedAt: at('02T02:00'),
    deleting: false,
    state: 'Running',
    ...difference,
  };
}

export function anEndedJob(difference: Partial<JobFacts> = {}): JobFacts {
  return aJob({ state: 'Succeeded', endedAt: at('02T02:10'), ...difference });
}

export function anEnding(difference: Partial<HistoryEntry> = {}): HistoryEntry {
  return { runId: slotRunId, trigger: 'Schedule', status: 'Succeeded', reason: 'Succeeded', ...difference };
}
