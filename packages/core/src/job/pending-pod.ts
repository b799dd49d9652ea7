/** The part of a pod that says why it does not run. */
export interface PendingPod {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly WaitingContainer[];
    readonly initContainerStatuses?: readonly WaitingContainer[];
  };
}

interface WaitingContainer {
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

const longestWords = 400;

/** Why a Job's pod does not run, in Kubernetes' own words where it has some: the scheduler's first, then a container's. */
export function whyPending(job: string, [pod]: readonly PendingPod[]): string {
  if (!pod)
    return `no pod was made for Job "${job}", as when a quota is used up; \`kubectl describe job ${job}\` says why`;
  const { name } = pod.metadata;
  const words = schedulerWords(pod) ?? containerWords(pod);
  return words
    ? `pod "${name}" does not start: ${words.slice(0, longestWords)}`
    : `pod "${name}" is being made and does not start; \`kubectl describe pod ${name}\` names what it waits for`;
}

function schedulerWords({ status }: PendingPod): string | undefined {
  const scheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  return scheduled && join(scheduled.reason, scheduled.message);
}

/** Every container waits with a word while others are made; only one with a sentence, or with a word of its own, has a reason. */
function containerWords({ status }: PendingPod): string | undefined {
  const usual: readonly (string | undefined)[] = ['PodInitializing', 'ContainerCreating', undefined];
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = all
    .flatMap(({ state }) => state?.waiting ?? [])
    .find(({ reason, message }) => message !== undefined || !usual.includes(reason));
  return waiting && join(waiting.reason, waiting.message);
}

function join(reason: string | undefined, message: string | undefined): string | undefined {
  const words = [reason, message].filter((word) => word !== undefined && word !== '');
  return words.length > 0 ? words.join(': ') : undefined;
}
