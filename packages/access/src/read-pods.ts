import { resources, type Kube, type Pod } from '@holdfast/kube';
import { agentResultSchema, type AgentResult } from '@holdfast/types';

/** What the pods of a Job left behind. */
export interface PodEvidence {
  readonly result?: AgentResult;
  /** Kubernetes' own word for the end, such as `OOMKilled` or `Evicted`. */
  readonly reason?: string;
}

/**
 * Reads the termination messages of a Job's pods. A message that is not a result of this run and attempt counts as none: what a pod prints is
 * data, not a promise.
 */
export async function readPods(
  kube: Kube,
  namespace: string,
  job: { name: string; uid: string },
  run: { id: string; attempt: number },
  signal: AbortSignal,
): Promise<PodEvidence> {
  let evidence: PodEvidence = {};
  for await (const pod of kube.list(resources.pods, { namespace, labelSelector: `job-name=${job.name}` }, signal)) {
    if (!pod.metadata.ownerReferences?.some(({ uid }) => uid === job.uid)) continue;
    const { result, reason } = evidenceOf(pod);
    const fits = result && result.run === run.id && result.attempt === run.attempt;
    const newer = fits && (!evidence.result || result.completionTime > evidence.result.completionTime);
    evidence = { ...evidence, ...(newer && { result }), ...(reason && { reason }) };
  }
  return evidence;
}

function evidenceOf({ status }: Pod): PodEvidence {
  const ended = status?.containerStatuses?.find(({ name }) => name === 'backup')?.state?.terminated;
  const result = parse(ended?.message);
  const reason = status?.reason ?? ended?.reason;
  return { ...(result && { result }), ...(reason && { reason }) };
}

function parse(message: string | undefined): AgentResult | undefined {
  if (!message) return undefined;
  try {
    const parsed = agentResultSchema.safeParse(JSON.parse(message));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // cut off or not ours: the store may hold the whole of it
  }
}
