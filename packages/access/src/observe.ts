import { backupFacts, jobFacts, jobName, type JobFacts, type Observed } from '@holdfast/core';
import { resources, type Kube } from '@holdfast/kube';
import type { AgentVerb, BackupKey } from '@holdfast/types';

/** A fresh look at one backup and its Job, past every cache. Undefined when the backup is gone. */
export async function observe(kube: Kube, key: BackupKey, signal?: AbortSignal): Promise<Observed | undefined> {
  const backup = await kube.get(resources.backups, key, signal);
  if (!backup) return undefined;
  const job = await observeJob(kube, key, 'backup', signal);
  return { backup: backupFacts(backup), ...(job && { job }) };
}

/** The Job that does one kind of work for a backup, whoever made it. */
export async function observeJob(
  kube: Kube,
  { namespace, name }: BackupKey,
  verb: AgentVerb,
  signal?: AbortSignal,
): Promise<JobFacts | undefined> {
  const job = await kube.get(resources.jobs, { namespace, name: jobName(name, verb) }, signal);
  return job && jobFacts({ ...job, metadata: { ...job.metadata, namespace } });
}
