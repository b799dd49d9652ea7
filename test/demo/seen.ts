import type { Job, KubeObject, Pod } from '@holdfast/kube';
import { apiVersion, labels, type ActiveRun, type Neo4jBackup, type RetentionStatus } from '@holdfast/types';
import { startReflector, type Reflector } from '../cluster/kubelet/reflector.ts';
import type { ClusterClock } from '../cluster/clock/clock.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';
import { followBells, type BellEvent } from './bells.ts';

/** One run as the watches told it. */
export interface SeenRun {
  readonly id: string;
  readonly backup: string;
  /** `status.activeRun` in every state it had, oldest first. */
  readonly states: [ActiveRun, ...ActiveRun[]];
  /** Milliseconds the cluster's clock was ahead then: bells ring in real time. */
  readonly offsetMs: number;
  job?: Job;
  pod?: Pod;
  /** For retention: the plan it showed before it removed anything. */
  plan?: RetentionStatus['plan'];
  /** For retention: status when the run was over. */
  outcome?: RetentionStatus;
}

interface KubeEvent extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject?: { readonly name?: string };
}

interface Target extends KubeObject {
  readonly spec?: { readonly image?: { readonly repo: string; readonly tag: string } };
  readonly status?: { readonly phase?: string };
}

/** How long a fact may take; generous, for a machine that is busy with other things. */
export const patienceMs = 180_000;
const api = `/apis/${apiVersion}`;

/** What the demo sees of the cluster: watches of the API server and the diaries of the queues, nothing assumed. */
export class Seen {
  readonly namespace: string;
  readonly runs = new Map<string, SeenRun>();
  readonly bells: BellEvent[] = [];
  readonly #backups: Reflector<Neo4jBackup & KubeObject>;
  readonly #targets: Reflector<Target>[];
  readonly #pods: Reflector<Pod>;
  readonly #events: Reflector<KubeEvent>;
  readonly #jobs = new Map<string, Job>();
  readonly #podOfRun = new Map<string, Pod>();
  readonly #bellRope: { close(): void };
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #changed = Promise.withResolvers<void>();

  readonly #clock: ClusterClock;

  constructor({ client, redis, clock }: DevCluster, namespace: string, signal: AbortSignal) {
    this.namespace = namespace;
    this.#clock = clock;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    const watch = <T extends KubeObject>(path: string, onChange: (object: T, gone: boolean) => void = () => {}) =>
      startReflector<T & { metadata: { name: string } }>(client, path, {
        signal: this.#stop.signal,
        onTrouble: () => {}, // it starts over by itself; a fact that never comes is told by `until`
        onChange: (object, gone) => {
          onChange(object, gone);
          this.#tellAll();
        },
      });
    const at = (prefix: string, plural: string) => `${prefix}/namespaces/${namespace}/${plural}`;
    this.#backups = watch(at(api, 'neo4jbackups'), (backup, gone) => !gone && this.#noteBackup(backup));
    this.#targets = ['neo4jenterpriseclusters', 'neo4jenterprisestandalones', 'neo4jdatabases'].map((plural) =>
      watch<Target>(at(api, plural)),
    );
    this.#pods = watch<Pod>(at('/api/v1', 'pods'), (pod) => this.#notePod(pod));
    this.#events = watch<KubeEvent>(at('/api/v1', 'events'));
    watch<Job>(at('/apis/batch/v1', 'jobs'), (job) => this.#noteJob(job));
    this.#bellRope = followBells(redis.port, {
      onEvent: (event) => {
        this.bells.push(event);
        this.#tellAll();
      },
      onEnd: (error) => this.#stop.abort(error),
    });
  }

  backup(name: string): Neo4jBackup | undefined {
    return this.#backups.get(this.namespace, name);
  }

  /** A target of any kind; names are unique among the examples. */
  target(name: string): Target | undefined {
    return this.#targets.map((kind) => kind.get(this.namespace, name)).find((found) => found !== undefined);
  }

  serversOf(target: string): Pod[] {
    const pods = this.#pods.all().filter(({ metadata }) => metadata.labels?.['neo4j.com/cluster'] === target);
    return pods.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Events of a backup, in the order they were heard. */
  eventsOf(backup: string): { reason: string; message: string }[] {
    return this.#events
      .all()
      .filter(({ involvedObject }) => involvedObject?.name === backup)
      .map(({ reason, message }) => ({ reason, message }));
  }

  runsOf(backup: string): SeenRun[] {
    return [...this.runs.values()].filter((run) => run.backup === backup);
  }

  /** Waits for a fact. One that does not come in time is an error that names it. */
  async until<T>(fact: string, look: () => T | undefined): Promise<T> {
    const late = AbortSignal.any([this.#signal, AbortSignal.timeout(patienceMs)]);
    const over = Promise.withResolvers<never>();
    const end = () => over.reject(endOf(fact, this.#signal));
    late.addEventListener('abort', end);
    try {
      for (;;) {
        if (late.aborted) throw endOf(fact, this.#signal);
        const found = look();
        if (found !== undefined) return found;
        await Promise.race([this.#changed.promise, over.promise]);
      }
    } finally {
      late.removeEventListener('abort', end);
    }
  }

  close(): void {
    this.#bellRope.close();
    this.#stop.abort(new Error('the demo has seen enough'));
  }

  #noteBackup({ metadata: { name }, status }: Neo4jBackup): void {
    const active = status?.activeRun;
    for (const run of this.runsOf(name)) {
      const isRetention = run.states[0].kind === 'retention';
      if (isRetention && status?.retention?.plan?.run === run.id) run.plan ??= status.retention.plan;
      if (isRetention && active?.id !== run.id && status?.retention) run.outcome ??= status.retention;
    }
    if (!active) return;
    const known = this.runs.get(active.id);
    if (known) known.states.push(active);
    else this.runs.set(active.id, this.#newRun(name, active));
  }

  #newRun(backup: string, state: ActiveRun): SeenRun {
    const [job, pod] = [this.#jobs.get(state.id), this.#podOfRun.get(state.id)];
    return {
      id: state.id,
      backup,
      states: [state],
      offsetMs: this.#clock.offsetMs(),
      ...(job && { job }),
      ...(pod && { pod }),
    };
  }

  /** Jobs and pods come by watches of their own, which may be ahead of that of the backups. */
  #noteJob(job: Job): void {
    const id = job.metadata.labels?.[labels.runId];
    if (id === undefined) return;
    this.#jobs.set(id, job);
    const run = this.runs.get(id);
    if (run) run.job = job;
  }

  #notePod(pod: Pod): void {
    const id = pod.metadata.labels?.[labels.runId];
    if (id === undefined) return;
    this.#podOfRun.set(id, pod);
    const run = this.runs.get(id);
    if (run) run.pod = pod;
  }

  #tellAll(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function endOf(fact: string, signal: AbortSignal): Error {
  if (!signal.aborted) return new Error(`waited ${patienceMs / 1000} s in vain: ${fact}`);
  return signal.reason instanceof Error ? signal.reason : new Error(`stopped while waiting: ${fact}`);
}
