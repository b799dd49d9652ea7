import type { EffectiveSpec, Status } from '@holdfast/types';
import { expect } from 'vitest';
import { mayWrite } from '../fence.ts';
import { parkRun, retryRun, settleRun, startRun } from '../status/changes.ts';
import { project } from '../status/project.ts';
import { planRetentionRun, settleRetention } from '../status/retention-changes.ts';
import { advance } from './advance.ts';
import { aBackup, aSpec, at, daily } from './an-observed.ts';
import { aResult } from './a-result.ts';
import { conclude } from './conclude.ts';
import { decide, type Intent } from './decide.ts';
import { intentChange } from './intent-change.ts';
import type { BackupFacts, JobFacts, Observed } from './observed.ts';

/** The specs that a person edits back and forth between. */
const specs: readonly Partial<EffectiveSpec>[] = [
  { schedule: daily },
  { schedule: { expression: '*/20 * * * *', timeZone: 'UTC' }, retention: { maxCount: 3 } },
  { schedule: { ...daily, startingDeadlineMs: 600_000 }, retention: { maxCount: 2 } },
  { retention: { maxAgeMs: 86_400_000 } },
  {},
];

/** For tests: one backup, its Job and the clock, with a watcher and workers that look when they are told to. */
export class World {
  now = at('01T00:00');
  suspend = false;
  spec = 0;
  tokens = 0;
  status: Status = {};
  job: JobFacts | undefined;
  /** Every run that was ever recorded, in order. */
  readonly recorded: string[] = [];

  observe(): Observed {
    const { job } = this;
    return { backup: this.backup(), ...(job && { job }) };
  }

  backup(): BackupFacts {
    return aBackup({
      status: this.status,
      spec: aSpec({ ...specs[this.spec], suspend: this.suspend }),
      ...(this.tokens > 0 && { requestToken: `token-${this.tokens}` }),
    });
  }

  /** A look of the watcher. @returns what it decided */
  look(written: boolean, place: boolean): Intent {
    const observed = this.observe();
    const intent = decide(observed, this.now);
    expect(decide(observed, this.now)).toEqual(intent);
    if ('until' in intent && intent.until) expect(intent.until > this.now).toBe(true);
    if (intent.kind === 'expire' && this.job?.runId === intent.run.id) this.job = undefined;
    const full = { kind: 'wait', reason: 'WaitingForPlace', message: 'full' } as const;
    const change = intentChange(intent, observed.backup, place ? { kind: 'admit' } : full, this.now);
    if (!change || !written) return intent;
    if (intent.kind === 'record') this.recorded.push(intent.run.id);
    this.write(change, intent.kind === 'expire' ? intent.run.id : undefined);
    return intent;
  }

  /** A worker's answer to a ring. */
  work(written: boolean): void {
    const observed = this.observe();
    const run = this.status.activeRun;
    const step = advance(observed, this.now);
    if (!run) return;
    switch (step.kind) {
      case 'start':
        this.job ??= this.newJob(run.id, run.attempt);
        return this.note(written);
      case 'noteJob':
        return this.note(written);
      case 'askPod': {
        const why = { reason: 'PodPending', message: 'no node has room' } as const;
        return written ? this.write(parkRun(this.status, why, this.now), run.id) : undefined;
      }
      case 'removeJob':
        this.job = undefined;
        return;
      case 'readResult':
      case 'lookForEvidence': {
        if (!written) return;
        const { job } = this;
        const result = job?.state === 'Succeeded' ? aResult({ run: run.id, attempt: run.attempt }) : undefined;
        const evidence = { attempt: run.attempt, retries: 2, ...(result && { result }), ...(job && { job }) };
        const conclusion = conclude(evidence, this.now);
        return this.write(
          conclusion.kind === 'retry'
            ? retryRun(this.status, conclusion.at)
            : settleRun(this.status, conclusion, 20, this.now),
          run.id,
        );
      }
      case 'verify': // nobody asks for one here
      case 'again':
      case 'done':
    }
  }

  retain(written: boolean, expiresInMinutes: number): void {
    const run = this.status.activeRun;
    if (run?.kind !== 'retention' || run.phase === 'Recorded' || !written) return;
    const nextExpiry = new Date(this.now.getTime() + expiresInMinutes * 60_000).toISOString();
    const nothing = { kept: 1, removed: 0, reclaimedBytes: 0, held: [], remove: [], removeCount: 0, reclaimBytes: 0 };
    this.write(planRetentionRun(this.status, run.id, nothing, this.now), run.id);
    this.write(settleRetention(this.status, run.token ?? '', { ...nothing, nextExpiry }, this.now), run.id);
  }

  private newJob(runId: string, attempt: number): JobFacts {
    const { uid: backupUid } = this.backup();
    const name = 'nightly-backup';
    return {
      name,
      uid: `${runId}/${attempt}`,
      runId,
      attempt,
      backupUid,
      createdAt: this.now,
      deleting: false,
      state: 'Pending',
    };
  }

  private note(written: boolean): void {
    const { activeRun } = this.status;
    if (!written || !activeRun || this.job?.runId !== activeRun.id || this.job.attempt !== activeRun.attempt) return;
    this.write(startRun(this.status, this.job, { expected: [], startedAt: this.job.createdAt }), activeRun.id);
  }

  private write(next: Status, run: string | undefined): void {
    expect(mayWrite(this.status.activeRun, next.activeRun, run === undefined ? {} : { run })).toBe(true);
    this.status = project(next, this.backup(), this.now);
  }
}
