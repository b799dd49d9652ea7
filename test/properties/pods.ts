import { resources, type Job } from '@holdfast/kube';
import { agentEnv } from '@holdfast/types';
import { configSchema } from '../../services/agent/src/config.ts';
import { runAgent } from '../../services/agent/src/run-agent.ts';
import { namespace } from './cluster.ts';
import type { Random } from './random.ts';
import { aLife, type Life } from './simulation.ts';
import type { Stage } from './stage.ts';

/** The one pod that a Job has at a time. */
interface JobPod {
  readonly jobUid: string;
  readonly name: string;
  life: Life | undefined;
  pods: number;
}

/** As the API server marks an object that goes only after its dependents. */
const foreground = 'foregroundDeletion';

/**
 * The Job controller and the nodes, as far as backups can tell: each Job gets a pod, a lost pod another one, and a Job whose deletion
 * was asked for stays until its pod is gone. The pod runs the real agent on the Job's own variables.
 */
export class Pods {
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #known = new Map<string, JobPod>();
  /** Pods that start late: until when nothing is scheduled. */
  heldUntilMs = 0;

  constructor(stage: Stage, random: Random) {
    this.#stage = stage;
    this.#random = random;
  }

  /** To be told of every change of a Job. */
  follow(): void {
    for (const job of this.#stage.cluster.all(resources.jobs)) {
      const { uid, name, finalizers } = job.metadata;
      const known = this.#known.get(uid);
      if (known && job.metadata.deletionTimestamp && finalizers?.length) this.#letGo(known);
      if (known) continue;
      const pod: JobPod = { jobUid: uid, name, life: undefined, pods: 0 };
      this.#known.set(uid, pod);
      const { nowMs, now } = this.#stage.simulation;
      this.#write({ ...job, status: { startTime: now().toISOString(), active: 1, ready: 0 } }, [foreground]);
      this.#simulateLater(Math.max(nowMs + this.#random.whole(500, 20_000), this.heldUntilMs), pod);
      const limitMs = (job.spec.activeDeadlineSeconds ?? 0) * 1000;
      if (limitMs) this.#stage.simulation.at(nowMs + limitMs, () => this.#end(pod, { failure: 'DeadlineExceeded' }));
    }
  }

  /** One of the pods at work, by dice. */
  anyLife(): Life | undefined {
    const lives = [...this.#known.values()].flatMap(({ life }) => life ?? []);
    return lives.length > 0 ? this.#random.pick(lives) : undefined;
  }

  /** A node was drained: the pod goes and is replaced, which costs the Job nothing. */
  evict(): void {
    const pod = this.#any();
    if (!pod) return;
    this.#stop(pod, { reason: 'Evicted' });
    this.#status(pod, { active: 1, ready: 0 });
    this.#simulateLater(this.#stage.simulation.nowMs + this.#random.whole(5_000, 60_000), pod);
  }

  /** The pod is killed for memory, and its Job has failed. */
  kill(): void {
    const pod = this.#any();
    if (pod) this.#end(pod, { failure: 'BackoffLimitExceeded', reason: 'OOMKilled' });
  }

  /** Somebody deletes a Job by hand. */
  async deleteJob(): Promise<void> {
    const pod = this.#any();
    if (pod) await this.#stage.cluster.remove(resources.jobs, pod.name);
  }

  /** A pod that killed itself at one of its writes: its container ended without a word. */
  died(life: Life): void {
    const pod = [...this.#known.values()].find((one) => one.life === life);
    if (pod) this.#end(pod, { failure: 'BackoffLimitExceeded', reason: 'Error' });
  }

  #any(): JobPod | undefined {
    const busy = [...this.#known.values()].filter(({ life }) => life !== undefined);
    return busy.length > 0 ? this.#random.pick(busy) : undefined;
  }

  #simulateLater(atMs: number, pod: JobPod): void {
    this.#stage.simulation.at(atMs, () => this.#run(pod));
  }

  #run(pod: JobPod): void {
    const job = this.#jobOf(pod);
    if (!job || job.metadata.deletionTimestamp || hasEnded(job) || pod.life) return;
    pod.pods += 1;
    const podUid = `p${pod.pods}${pod.jobUid.slice(0, 6)}-pod`;
    const life = aLife(`pod ${pod.name} ${podUid}`);
    pod.life = life;
    this.#status(pod, { active: 1, ready: 1 });
    const file = `memory:${podUid}`;
    const config = configSchema.parse({
      ...variablesOf(job),
      [agentEnv.podUid]: podUid,
      [agentEnv.terminationLog]: file,
    });
    let exitCode: number | undefined;
    void this.#stage.simulation
      .start(life, this.#stage, async () => void (exitCode = await runAgent(config)))
      .then((error) => {
        if (life.ended.signal.aborted) return;
        if (error !== undefined) throw error;
        const message = this.#stage.messages.get(file);
        this.#end(pod, exitCode === 0 ? { message } : { failure: 'BackoffLimitExceeded', reason: 'Error', message });
      });
  }

  /** The Job was deleted in the foreground: its pod gets its grace, then both are gone. */
  #letGo(pod: JobPod): void {
    const { simulation } = this.#stage;
    simulation.at(simulation.nowMs + this.#random.whole(500, 30_000), () => {
      pod.life?.ended.abort();
      pod.life = undefined;
      const job = this.#jobOf(pod);
      if (job) this.#write(job, []);
    });
  }

  #end(pod: JobPod, how: { failure?: string; reason?: string; message?: string | undefined }): void {
    const job = this.#jobOf(pod);
    if (!job || hasEnded(job)) return;
    const { failure, reason = 'Completed', message } = how;
    this.#stop(pod, { reason, message });
    const time = this.#stage.simulation.now().toISOString();
    const condition = failure ? { type: 'Failed', reason: failure } : { type: 'Complete' };
    this.#status(pod, {
      active: 0,
      ready: 0,
      ...(!failure && { completionTime: time }),
      conditions: [{ ...condition, status: 'True', lastTransitionTime: time }],
    });
  }

  #stop(pod: JobPod, { reason, message }: { reason: string; message?: string | undefined }): void {
    if (!pod.life) return;
    pod.life.ended.abort();
    pod.life = undefined;
    const { name } = pod;
    const terminated = { exitCode: message === undefined ? 137 : 0, reason, ...(message !== undefined && { message }) };
    const evicted = reason === 'Evicted';
    this.#stage.cluster.put(resources.pods, {
      metadata: {
        namespace,
        name: `${name}-${pod.jobUid.slice(0, 5)}-${pod.pods}`,
        labels: { 'job-name': name },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: pod.jobUid }],
      },
      spec: { containers: [] },
      status: evicted ? { reason } : { containerStatuses: [{ name: 'backup', state: { terminated } }] },
    });
  }

  #jobOf({ jobUid, name }: JobPod): Job | undefined {
    const job = this.#stage.cluster.look(resources.jobs, name);
    return job?.metadata.uid === jobUid ? job : undefined;
  }

  #status(pod: JobPod, status: NonNullable<Job['status']>): void {
    const job = this.#jobOf(pod);
    if (job) this.#write({ ...job, status: { ...job.status, ...status } }, job.metadata.finalizers ?? []);
  }

  #write(job: Job, finalizers: readonly string[]): void {
    this.#stage.cluster.put(resources.jobs, { ...job, metadata: { ...job.metadata, finalizers } });
  }
}

function hasEnded({ status }: Job): boolean {
  return status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') ?? false;
}

/** What the container sees; values from Secrets are stood in for by their names. */
function variablesOf({ spec }: Job): Record<string, string> {
  const container = spec.template.spec.containers.find(({ name }) => name === 'backup');
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? `the ${name}`]));
}
