import { annotations, labels } from '@holdfast/types';
import type { JobFacts } from './observed.ts';

/** The part of a Job that facts are made of. */
export interface JobObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly activeDeadlineSeconds?: number };
  readonly status?: {
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly active?: number;
    readonly ready?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/** A Job as decisions see it. Conditions say when it ended, never its counters: those move before the pods are gone. */
export function jobFacts({ metadata, spec, status }: JobObject): JobFacts {
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type && one.status === 'True');
  const failed = condition('Failed');
  const ended = condition('Complete') ?? failed;
  const runId = metadata.annotations?.[annotations.runId];
  const backupUid = metadata.labels?.[labels.backupUid];
  const endedAt = status?.completionTime ?? ended?.lastTransitionTime;
  return {
    name: metadata.name,
    uid: metadata.uid,
    attempt: Number(metadata.annotations?.[annotations.attempt] ?? 0),
    createdAt: new Date(metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    state: failed ? 'Failed' : ended ? 'Succeeded' : isRunning(status) ? 'Running' : 'Pending',
    ...(runId && { runId }),
    ...(backupUid && { backupUid }),
    ...(status?.startTime && { startedAt: new Date(status.startTime) }),
    ...(ended && endedAt && { endedAt: new Date(endedAt) }),
    ...(spec?.activeDeadlineSeconds !== undefined && { deadlineMs: spec.activeDeadlineSeconds * 1000 }),
    ...(failed?.reason && { failure: failed.reason }),
  };
}

/** Before Kubernetes 1.24 a Job did not count ready pods; there, an active pod is taken for a running one. */
function isRunning(status: JobObject['status']): boolean {
  return (status?.ready ?? status?.active ?? 0) > 0;
}
