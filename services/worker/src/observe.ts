import { backupFacts, jobFacts, jobName, type BackupFacts, type JobFacts, type Observed } from '@holdfast/core';
import { resources, type Kube } from '@holdfast/kube';
import type { BackupKey } from '@holdfast/types';

/** A fresh look at one backup and its Job. Undefined when the backup is gone. */
export async function observe(kube: Kube, key: BackupKey, signal: AbortSignal): Promise<Observed | undefined> {
  const backup = await observeBackup(kube, key, signal);
  if (!backup) return undefined;
  const job = await observeJob(kube, backup, signal);
  return { backup, ...(job && { job }) };
}

async function observeBackup(kube: Kube, key: BackupKey, signal: AbortSignal): Promise<BackupFacts | undefined> {
  const backup = await kube.get(resources.backups, key, signal);
  return backup && backupFacts(backup);
}

async function observeJob(kube: Kube, { key }: BackupFacts, signal: AbortSignal): Promise<JobFacts | undefined> {
  const job = await kube.get(resources.jobs, { namespace: key.namespace, name: jobName(key.name, 'backup') }, signal);
  return job && jobFacts({ ...job, metadata: { ...job.metadata, namespace: key.namespace } });
}
