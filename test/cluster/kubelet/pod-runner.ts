import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolveImage } from '../images/image-table.ts';
import type { ApiClient } from './api-client.ts';
import { commandInside, logFileOf, mountsOf, planContainer, type ContainerRoom } from './container-plan.ts';
import { startProcess, type ContainerProcess, type ProcessPlan } from './container-process.ts';
import { NotYet, type PodFacts, type ValueSource } from './environment.ts';
import { wholeSeconds } from './kube-time.ts';
import { newRecord, podStatus, type ContainerRecord, type Verdict } from './pod-status.ts';
import type { Condition, Pod } from './pod-types.ts';
import { runProbe, type ProbeReach } from './probes.ts';
import type { StatusWriter } from './status-writer.ts';
import { prepareVolumes } from './volumes.ts';

/** What a pod needs of its node. */
export interface PodRoom {
  readonly api: ApiClient;
  readonly source: ValueSource;
  readonly facts: PodFacts;
  readonly podDir: string;
  readonly claimsDir: string;
  readonly resolveImage: ResolveImage;
  readonly nodeEnvironment: Readonly<Record<string, string>>;
  readonly writer: StatusWriter;
  readonly now: () => Date;
}

/** How long the kubelet waits before it looks again for something missing. */
const lookAgainMs = 250;
/** Pauses before restarts of one container: short, for people wait in front of a dev cluster. */
const restartPauseMs = { first: 500, most: 10_000 };

/** Runs one pod from its first volume to its last process. */
export class PodRunner {
  pod: Pod;
  readonly #room: PodRoom;
  readonly #records: ContainerRecord[];
  readonly #running = new Map<ContainerRecord, ContainerProcess>();
  readonly #plans = new Map<string, ProcessPlan>();
  readonly #stopping = new AbortController();
  readonly #startTime: Date;
  readonly #finished: Promise<void>;
  #volumes = new Map<string, string>();
  #verdict: Verdict | undefined;
  #extraConditions: Condition[] = [];
  #ended = false;

  constructor(pod: Pod, room: PodRoom) {
    this.pod = pod;
    this.#room = room;
    this.#startTime = room.now();
    this.#records = [
      ...(pod.spec.initContainers ?? []).map((spec) => newRecord(spec, true)),
      ...pod.spec.containers.map((spec) => newRecord(spec, false)),
    ];
    mkdirSync(room.podDir, { recursive: true });
    this.#report();
    this.#finished = this.#run();
  }

  /** Resolves when no process is left and the last status is written. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** Ends the pod politely: TERM to every container, KILL after the grace. */
  async terminate(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    for (const process of this.#running.values()) process.signal('SIGTERM');
    const late = new AbortController();
    const kill = sleep(graceSeconds * 1000, undefined, { signal: late.signal })
      .then(() => this.killAll())
      .catch(() => {}); // ended within the grace
    await this.#finished;
    late.abort();
    await kill;
  }

  /** As a node under pressure does it: the pod fails with this reason and condition DisruptionTarget. */
  async evict(reason: string, message: string): Promise<void> {
    this.#verdict = { phase: 'Failed', reason, message };
    const target: Condition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message };
    this.#extraConditions = [{ ...target, lastTransitionTime: wholeSeconds(this.#room.now()) }];
    await this.terminate(this.pod.spec.terminationGracePeriodSeconds ?? 30);
  }

  /** Kills every container at once, without stopping the pod's restarts. */
  killAll(reason?: string): void {
    for (const process of this.#running.values()) process.kill(reason);
  }

  /** Kills one container; `reason` is what its status says, such as `OOMKilled`. */
  killContainer(name: string, reason?: string): void {
    for (const [record, process] of this.#running) if (record.spec.name === name) process.kill(reason);
  }

  /** Process ids of the running containers. */
  pids(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([record, { pid }]) => [record.spec.name, pid ?? -1]));
  }

  /** The log file of a container's latest run, or of the one before. */
  logFile(container: string, previous: boolean): string | undefined {
    const runs = this.#runsOf(container);
    const run = previous ? runs - 2 : runs - 1;
    return run >= 0 ? logFileOf(this.#room.podDir, container, run) : undefined;
  }

  hasContainer(name: string): boolean {
    return this.#records.some(({ spec }) => spec.name === name);
  }

  isContainerOver(name: string): boolean {
    return this.#records.find(({ spec }) => spec.name === name)?.done ?? true;
  }

  /** How to run a command inside a running container; undefined when it does not run. */
  reachInside(name: string): ProbeReach | undefined {
    const record = [...this.#running.keys()].find(({ spec }) => spec.name === name);
    const plan = this.#plans.get(name);
    return record && plan && this.#reach(record, plan);
  }

  /** Removes what the pod kept on this machine. Claims stay. */
  cleanUp(): void {
    rmSync(this.#room.podDir, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const deadline = this.#watchDeadline();
    await this.#prepareVolumes();
    for (const record of this.#records.filter(({ init }) => init)) {
      if (!(await this.#supervise(record))) break;
    }
    const initialized = this.#records.every(({ init, state }) => !init || state.terminated?.exitCode === 0);
    if (initialized) {
      for (const record of this.#records)
        if (!record.init && record.state.waiting) record.state = { waiting: { reason: 'ContainerCreating' } };
      await Promise.all(this.#records.filter(({ init }) => !init).map((record) => this.#supervise(record)));
    }
    this.#ended = true;
    this.#stopping.abort();
    await deadline;
    this.#report();
    await this.#room.writer.flushed();
  }

  async #prepareVolumes(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#volumes = await prepareVolumes(this.pod, this.#room.facts, this.#room);
        return;
      } catch (error) {
        for (const record of this.#records) record.state = { waiting: waitingFor(error, record) };
        this.#report();
        await this.#pause(lookAgainMs);
      }
    }
  }

  /** Runs a container as often as its pod's policy says; true when it ended well. */
  async #supervise(record: ContainerRecord): Promise<boolean> {
    let pauseMs = restartPauseMs.first;
    while (!this.#stopping.signal.aborted) {
      const exitCode = await this.#runOnce(record);
      if (exitCode === undefined) continue;
      if (!this.#restarts(record, exitCode)) break;
      const message = `back-off ${pauseMs}ms restarting container ${record.spec.name}`;
      record.lastState = record.state;
      record.state = { waiting: { reason: 'CrashLoopBackOff', message } };
      record.restartCount += 1;
      this.#report();
      await this.#pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, restartPauseMs.most);
    }
    record.done = true;
    this.#report();
    return record.state.terminated?.exitCode === 0;
  }

  /** One run; undefined when it could not start yet. */
  async #runOnce(record: ContainerRecord): Promise<number | undefined> {
    const plan = await this.#plan(record);
    if (!plan || this.#stopping.signal.aborted) return undefined;
    const process = startProcess(plan);
    this.#running.set(record, process);
    this.#plans.set(record.spec.name, plan);
    record.containerID = `process://${plan.mark}`;
    record.state = { running: { startedAt: wholeSeconds(process.startedAt) } };
    const probes = this.#startProbes(record, plan);
    this.#report();
    const ended = await process.ended;
    probes.abort();
    this.#running.delete(record);
    record.ready = false;
    record.started = false;
    record.state = { terminated: ended };
    return ended.exitCode;
  }

  async #plan(record: ContainerRecord): Promise<ProcessPlan | undefined> {
    const image = this.#room.resolveImage(record.spec.image);
    try {
      if (!image) throw new NotYet('ErrImagePull', `no folder stands for image "${record.spec.image}" here`);
      return await planContainer(record.spec, record.restartCount, this.#containerRoom(image));
    } catch (error) {
      record.state = { waiting: waitingFor(error, record) };
      this.#report();
      await this.#pause(lookAgainMs);
      return undefined;
    }
  }

  #containerRoom(image: ContainerRoom['image']): ContainerRoom {
    return { ...this.#room, pod: this.pod, volumes: this.#volumes, image };
  }

  #startProbes(record: ContainerRecord, plan: ProcessPlan): AbortController {
    const { startupProbe, readinessProbe, livenessProbe } = record.spec;
    const over = new AbortController();
    const reach = this.#reach(record, plan);
    const become = (change: Partial<Pick<ContainerRecord, 'ready' | 'started'>>) => {
      if (over.signal.aborted) return;
      Object.assign(record, change);
      this.#report();
    };
    const begin = () => {
      become(readinessProbe ? { started: true } : { started: true, ready: true });
      const signal = over.signal;
      if (readinessProbe)
        void runProbe(readinessProbe, record.spec, reach, { signal, onVerdict: (ready) => become({ ready }) });
      if (livenessProbe) {
        const onVerdict = (alive: boolean) => alive || this.killContainer(record.spec.name);
        void runProbe(livenessProbe, record.spec, reach, { signal, onVerdict });
      }
    };
    if (!startupProbe) begin();
    else {
      const onVerdict = (up: boolean) => {
        if (!up) this.killContainer(record.spec.name);
        else if (!record.started) begin();
      };
      void runProbe(startupProbe, record.spec, reach, { signal: over.signal, onVerdict });
    }
    return over;
  }

  #reach(record: ContainerRecord, plan: ProcessPlan): ProbeReach {
    const image = this.#room.resolveImage(record.spec.image) ?? { root: '/' };
    const mounts = mountsOf(
      record.spec,
      join(this.#room.podDir, 'containers', record.spec.name),
      this.#containerRoom(image),
    );
    return {
      podIP: this.#room.facts.podIP,
      command: (words) => commandInside(words, mounts, image),
      environment: plan.environment,
      workingDir: plan.workingDir,
    };
  }

  #restarts(record: ContainerRecord, exitCode: number): boolean {
    if (this.#stopping.signal.aborted) return false;
    const policy = this.pod.spec.restartPolicy ?? 'Always';
    if (policy === 'Never') return false;
    return exitCode !== 0 || (policy === 'Always' && !record.init);
  }

  /** The pod's own activeDeadlineSeconds, by the cluster's clock, which may jump: so it is looked at again and again. */
  async #watchDeadline(): Promise<void> {
    const seconds = this.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const deadline = this.#startTime.getTime() + seconds * 1000;
    while (!this.#stopping.signal.aborted && this.#room.now().getTime() < deadline) await this.#pause(100);
    if (this.#stopping.signal.aborted) return;
    this.#verdict = {
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    void this.terminate(this.pod.spec.terminationGracePeriodSeconds ?? 30);
  }

  #report(): void {
    if (this.#verdict && !this.#ended) return; // the verdict is told when the last process has gone
    const status = podStatus(this.pod, this.#records, this.#room.facts, {
      startTime: this.#startTime,
      now: this.#room.now(),
      stopped: this.#ended,
      ...(this.#verdict && { verdict: this.#verdict }),
    });
    status.conditions = [...(status.conditions ?? []), ...this.#extraConditions];
    this.pod.status = { ...this.pod.status, ...status };
    this.#room.writer.write(status);
  }

  #runsOf(container: string): number {
    const folder = join(this.#room.podDir, 'logs');
    if (!existsSync(folder)) return 0;
    return readdirSync(folder).filter(
      (name) => name.startsWith(`${container}.`) && /^\.\d+\.log$/.test(name.slice(container.length)),
    ).length;
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {}); // the pod ends
  }
}

function waitingFor(error: unknown, record: ContainerRecord): { reason: string; message?: string } {
  const reason = error instanceof NotYet ? error.reason : 'CreateContainerError';
  if (record.init && reason === 'ContainerCreating')
    return { reason: 'PodInitializing', message: (error as Error).message };
  return { reason, message: error instanceof Error ? error.message : String(error) };
}
