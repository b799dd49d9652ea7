import {
  attemptSpec,
  backupFacts,
  jobFacts,
  jobName,
  type JobFacts,
  type JobObject,
  type Observed,
} from '@holdfast/core';
import { resources, type Kube } from '@holdfast/kube';
import type { AgentVerb, BackupKey } from '@holdfast/types';

/** A fresh look at one backup and its Job, past every cache. Undefined when the backup is gone. */
export async function observe(kube: Kube, key: BackupKey, signal?: AbortSignal): Promise<Observed | undefined> {
  const backup = await kube.get(resources.backups, key, signal);
  if (!backup) return undefined;
  const job = await getJob(kube, key, 'backup', signal);
  const spec = job && attemptSpec(backup, job);
  return { backup: backupFacts(backup), ...(job && { job: jobFacts(job) }), ...(spec && { attemptSpec: spec }) };
}

/** The Job that does one kind of work for a backup, whoever made it. */
export async function observeJob(
  kube: Kube,
  key: BackupKey,
  verb: AgentVerb,
  signal?: AbortSignal,
): Promise<JobFacts | undefined> {
  const job = await getJob(kube, key, verb, signal);
  return job && jobFacts(job);
}

async function getJob(
  kube: Kube,
  { namespace, name }: BackupKey,
  verb: AgentVerb,
  signal?: AbortSignal,
): Promise<JobObject | undefined> {
  const job = await kube.get(resources.jobs, { namespace, name: jobName(name, verb) }, signal);
  return job && { ...job, metadata: { ...job.metadata, namespace } };
}
