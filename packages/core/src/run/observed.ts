import type { BackupKey, EffectiveSpec, Neo4jBackup, Refusal, Status } from '@holdfast/types';
import type { TargetFacts } from '../target/target-facts.ts';

/** What is known of one backup at one look: facts only, no opinion. */
export interface Observed {
  readonly backup: BackupFacts;
  /** The backup's own Job for the verb that its active run needs, if one exists. */
  readonly job?: JobFacts;
  /** What the Job was planned from, which the spec may have been edited away from since. Absent on a Job that does not say. */
  readonly attemptSpec?: EffectiveSpec;
  /** What triggers look at; only watched for backups that have some. */
  readonly target?: TargetFacts;
}

export interface BackupFacts {
  readonly key: BackupKey;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: Date;
  readonly deleting: boolean;
  /** Our finalizer is on the object: it stays until its data is erased. */
  readonly held?: true;
  /** A person lets it go although its data is not erased. */
  readonly forceDelete?: true;
  /** Another operator's finalizer is on the object. */
  readonly foreign: boolean;
  /** Value of the run annotation. */
  readonly requestToken?: string;
  /** Value of the take-over annotation: a cluster that gave this backup's folder up. */
  readonly takeOver?: string;
  /** Value of the verify annotation. */
  readonly verifyToken?: string;
  /** Value of the acknowledge-plan annotation: a retention plan that may be carried out. */
  readonly acknowledgedPlan?: string;
  /** Value of the thaw annotation: an archived chain that is to be readable. */
  readonly thawChain?: string;
  /** What the spec says, as a few characters; only for a trigger that asks. */
  readonly specDigest?: string;
  /** Absent when the spec was refused. */
  readonly spec?: EffectiveSpec;
  readonly refusals: readonly Refusal[];
  /** The spec as a person wrote it. Absent where only decisions are made. */
  readonly written?: Neo4jBackup['spec'];
  readonly status: Status;
}

/** A Job of ours, reduced to what decisions need. */
export interface JobFacts {
  readonly name: string;
  readonly uid: string;
  /** Absent on a Job that is not ours. */
  readonly runId?: string;
  readonly attempt: number;
  readonly backupUid?: string;
  readonly createdAt: Date;
  readonly deleting: boolean;
  /** `Pending` until its pod runs; the last two are terminal. */
  readonly state: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** The Job's own time limit, counted from its start. */
  readonly deadlineMs?: number;
  /** Kubernetes' own word for a failure, such as `DeadlineExceeded`. */
  readonly failure?: string;
}

export function hasEnded(job: JobFacts): boolean {
  return job.state === 'Succeeded' || job.state === 'Failed';
}
