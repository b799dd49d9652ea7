import { whyPending, type BackupFacts, type JobFacts } from '@holdfast/core';
import { resources, type Pod } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import type { ActiveRun } from '@holdfast/types';
import type { Hands } from './hands.ts';
import { jobFinding, park } from './park.ts';

const podAgainMs = 60_000;

/** A pod that does not start is no failure yet: the run says what it waits for, in Kubernetes' own words, until its deadline. */
export async function askPod(
  backup: BackupFacts,
  run: ActiveRun,
  job: JobFacts,
  hands: Hands,
  signal: AbortSignal,
): Promise<Outcome> {
  const { namespace } = backup.key;
  const pods: Pod[] = [];
  for await (const pod of hands.kube.list(resources.pods, { namespace, labelSelector: `job-name=${job.name}` }, signal))
    if (pod.metadata.ownerReferences?.some(({ uid }) => uid === job.uid)) pods.push(pod);
  const message = whyPending(job.name, pods);
  const wait = { reason: 'PodPending', message, againMs: podAgainMs } as const;
  return park(backup, run, { wait, finding: jobFinding('True', 'PodPending', message) }, hands);
}
