import { jobFacts, jobManifest, type BackupFacts, type JobFacts, type StoreAccess } from '@holdfast/core';
import { resources, type Job } from '@holdfast/kube';
import type { AgentPlan, AgentResult, EffectiveSpec } from '@holdfast/types';
import type { Hands, Wait } from './hands.ts';
import { ensureIdentity, namedAccount } from './ensure-identity.ts';
import { readPods } from './read-pods.ts';

/** `running`: look again when its Job has ended. `lost`: it ended without a result. A wait: a name that it needs is taken. */
export type AgentAnswer = AgentResult | 'running' | 'lost' | Wait;

/**
 * Has a pod of the backup look at, or sweep, a store that only such a pod can reach. May be called any number of times: the Job is found by
 * its name, its answer is read once it has ended, and it is removed when the answer was taken.
 */
export async function runAgentJob(
  backup: BackupFacts,
  given: { plan: AgentPlan; access: StoreAccess; spec: EffectiveSpec; hands: Hands; signal: AbortSignal },
): Promise<AgentAnswer> {
  const { plan, access, spec, hands, signal } = given;
  const { kube, agentImage } = hands;
  const { namespace } = plan;
  const taken = await ensureIdentity(backup, spec, hands, signal);
  if (taken) return taken;
  const manifest = jobManifest(backup, {
    plan,
    access,
    options: spec.options,
    agentImage,
    engineImage: agentImage,
    pullSecrets: [],
    tolerations: [],
    serviceAccount: namedAccount(spec),
  });
  const { object } = await kube.create<Job>(resources.jobs, manifest, signal);
  const job = jobFacts({ ...object, metadata: { ...object.metadata, namespace } });
  const remove = () =>
    kube.remove(resources.jobs, { namespace, name: job.name }, { uid: job.uid, propagation: 'Foreground' }, signal);
  if (job.backupUid === undefined) return nameTaken(job, plan);
  if (!isFor(job, plan)) {
    if (!job.deleting) await remove();
    return 'running';
  }
  if (job.deleting || (job.state !== 'Succeeded' && job.state !== 'Failed')) return 'running';
  const { result } = await readPods(kube, namespace, job, { id: plan.run, attempt: plan.attempt }, signal);
  await remove();
  return result?.verb === plan.verb ? result : 'lost';
}

function isFor(job: JobFacts, plan: AgentPlan): boolean {
  return job.runId === plan.run && job.attempt === plan.attempt && job.backupUid === plan.backupUid;
}

function nameTaken({ name }: JobFacts, { namespace }: AgentPlan): Wait {
  const message = `a Job named "${name}" exists in namespace "${namespace}" and is not ours; remove or rename it`;
  return { reason: 'NameTaken', message, againMs: 60_000 };
}
