import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { ResolveImage } from '../images/image-table.ts';
import { AddressPool } from './addresses.ts';
import { ApiClient, ApiError, type ApiAccess, type KubeObject } from './api-client.ts';
import { apiValueSource } from './environment.ts';
import { hostNames, writeHosts, type Service } from './hosts.ts';
import { startKubeletServer, type KubeletTls } from './kubelet-server.ts';
import { registerNode } from './node.ts';
import { PodRunner } from './pod-runner.ts';
import { mergeConditions } from './pod-status.ts';
import { podKey, type Pod } from './pod-types.ts';
import { startReflector, type Reflector } from './reflector.ts';
import { StatusWriter } from './status-writer.ts';

export interface KubeletOptions {
  readonly api: ApiAccess | string;
  /** Serve logs and exec over TLS, to callers of this authority only. Default plain HTTP. */
  readonly tls?: KubeletTls;
  readonly nodeName?: string;
  /** Folder for pods, claims (`volumes/<namespace>/<claim>`) and the hosts file. */
  readonly dir: string;
  readonly resolveImage: ResolveImage;
  readonly now: () => Date;
  /** Variables every container gets, `HOLDFAST_CLOCK_FILE` for example. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Take pods that have no node yet. False where a real scheduler does it. Default true. */
  readonly bindPods?: boolean;
  readonly log?: (line: string) => void;
}

/** The stand-in kubelet: an ordinary API client that turns containers into local processes. */
export interface Kubelet {
  readonly port: number;
  readonly nodeName: string;
  /** JSON file of names and addresses, for `HOLDFAST_DEV_HOSTS`. */
  readonly hostsFile: string;
  /** Folder of a claim on this machine. */
  claimDir(namespace: string, claim: string): string;
  /** Process ids of a pod's running containers by container name. */
  pids(namespace: string, pod: string): Record<string, number>;
  /** Kills a container at once; `reason` goes to its status (`OOMKilled`). */
  killContainer(namespace: string, pod: string, container: string, reason?: string): void;
  /** Evicts as a node under pressure does: phase Failed, condition DisruptionTarget. */
  evict(namespace: string, pod: string, reason?: string, message?: string): Promise<void>;
  /** Ends every pod's processes and stops. Objects in the API server are left as they are. */
  close(): Promise<void>;
}

/** Registers a node and runs its pods until `close`. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const node = new Node(options);
  await node.start();
  return node;
}

class Node implements Kubelet {
  readonly nodeName: string;
  readonly hostsFile: string;
  port = 0;
  readonly #options: KubeletOptions;
  readonly #api: ApiClient;
  readonly #runners = new Map<string, PodRunner>();
  readonly #writers = new Map<string, StatusWriter>();
  readonly #addresses = new AddressPool();
  readonly #closing = new AbortController();
  readonly #log: (line: string) => void;
  #pods: Reflector<Pod> | undefined;
  #services: Reflector<Service> | undefined;
  #closeServer: () => Promise<void> = () => Promise.resolve();

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.nodeName = options.nodeName ?? 'dev-node';
    this.hostsFile = join(options.dir, 'hosts.json');
    this.#api = new ApiClient(options.api);
    this.#log = options.log ?? (() => {});
  }

  async start(): Promise<void> {
    mkdirSync(this.#options.dir, { recursive: true });
    writeHosts(this.hostsFile, {});
    const server = await startKubeletServer((namespace, name) => this.#runnerOf(namespace, name), this.#options.tls);
    this.port = server.port;
    this.#closeServer = server.close;
    await registerNode(this.#api, this.nodeName, this.port, this.#options.now());
    const common = { signal: this.#closing.signal, onTrouble: this.#log };
    this.#services = startReflector<Service>(this.#api, '/api/v1/services', {
      ...common,
      onChange: () => this.#writeHosts(),
    });
    this.#pods = startReflector<Pod>(this.#api, '/api/v1/pods', {
      ...common,
      onChange: (pod, gone) => this.#onPod(pod, gone),
    });
    const onChange = (claim: KubeObject, gone: boolean) => gone && this.#forgetClaim(claim);
    const claims = startReflector<KubeObject>(this.#api, '/api/v1/persistentvolumeclaims', { ...common, onChange });
    await Promise.all([this.#pods.synced, this.#services.synced, claims.synced]);
  }

  claimDir(namespace: string, claim: string): string {
    return join(this.#claimsDir, namespace, claim);
  }

  pids(namespace: string, pod: string): Record<string, number> {
    return this.#runnerOf(namespace, pod)?.pids() ?? {};
  }

  killContainer(namespace: string, pod: string, container: string, reason?: string): void {
    const runner = this.#runnerOf(namespace, pod);
    if (!runner) throw new Error(`no pod ${namespace}/${pod} runs on ${this.nodeName}`);
    runner.killContainer(container, reason);
  }

  async evict(
    namespace: string,
    pod: string,
    reason = 'Evicted',
    message = 'The node was low on resource: memory.',
  ): Promise<void> {
    const runner = this.#runnerOf(namespace, pod);
    if (!runner) throw new Error(`no pod ${namespace}/${pod} runs on ${this.nodeName}`);
    await runner.evict(reason, message);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const writer of this.#writers.values()) writer.stop();
    await Promise.all([...this.#runners.values()].map((runner) => runner.terminate(0)));
    await this.#closeServer();
    this.#api.close();
  }

  get #claimsDir(): string {
    return join(this.#options.dir, 'volumes');
  }

  #runnerOf(namespace: string, name: string): PodRunner | undefined {
    const pod = this.#pods?.get(namespace, name);
    return pod && this.#runners.get(pod.metadata.uid);
  }

  #onPod(pod: Pod, gone: boolean): void {
    const runner = this.#runners.get(pod.metadata.uid);
    if (gone) void this.#forget(pod);
    else if (runner) {
      const status = runner.pod.status; // ours is newer than what comes back from the server
      const conditions = pod.status?.conditions ?? [];
      runner.pod = { ...pod, status: { ...pod.status, ...status, conditions } };
      if (pod.metadata.deletionTimestamp) this.#spawn(this.#endPod(runner), `ending ${podKey(pod)}`);
    } else if (pod.spec.nodeName === this.nodeName) this.#spawn(this.#begin(pod), `starting ${podKey(pod)}`);
    else if (!pod.spec.nodeName && !pod.metadata.deletionTimestamp && this.#options.bindPods !== false) {
      this.#spawn(this.#bind(pod), `binding ${podKey(pod)}`);
    }
    this.#writeHosts();
  }

  async #bind(pod: Pod): Promise<void> {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    await this.#api.create(`${path}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      target: { apiVersion: 'v1', kind: 'Node', name: this.nodeName },
    });
  }

  async #begin(pod: Pod): Promise<void> {
    const { phase, containerStatuses } = pod.status ?? {};
    const over = phase === 'Succeeded' || phase === 'Failed';
    if (pod.metadata.deletionTimestamp) return this.#removePod(pod);
    if (over) return;
    if (containerStatuses?.some(({ state }) => state.running)) return this.#markLost(pod);
    const writer = new StatusWriter(this.#api, pod, this.#log);
    this.#writers.set(pod.metadata.uid, writer);
    this.#runners.set(
      pod.metadata.uid,
      new PodRunner(structuredClone(pod), {
        api: this.#api,
        source: apiValueSource(this.#api),
        facts: { podIP: this.#addresses.take(), hostIP: '127.0.0.1' },
        podDir: join(this.#options.dir, 'pods', pod.metadata.uid),
        claimsDir: this.#claimsDir,
        resolveImage: this.#options.resolveImage,
        nodeEnvironment: this.#environment(),
        writer,
        now: this.#options.now,
      }),
    );
  }

  /** Its processes died with an earlier kubelet of this node. */
  async #markLost(pod: Pod): Promise<void> {
    const message = 'the pod ran on this node before its kubelet was started again';
    await this.#api.patch(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`, {
      status: {
        phase: 'Failed',
        reason: 'NodeLost',
        message,
        conditions: mergeConditions(pod.status?.conditions ?? [], this.#options.now(), [
          { type: 'Ready', status: 'False', reason: 'PodFailed' },
          { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message },
        ]),
      },
    });
  }

  async #endPod(runner: PodRunner): Promise<void> {
    const { deletionGracePeriodSeconds: grace } = runner.pod.metadata;
    await runner.terminate(grace ?? runner.pod.spec.terminationGracePeriodSeconds ?? 30);
    await this.#removePod(runner.pod);
  }

  async #removePod(pod: Pod): Promise<void> {
    const preconditions = { uid: pod.metadata.uid };
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    await this.#api.delete(path, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions });
  }

  async #forget(pod: Pod): Promise<void> {
    const runner = this.#runners.get(pod.metadata.uid);
    if (!runner) return;
    this.#writers.get(pod.metadata.uid)?.stop();
    await runner.terminate(0);
    this.#runners.delete(pod.metadata.uid);
    this.#writers.delete(pod.metadata.uid);
    this.#addresses.release(runner.pod.status?.podIP ?? '');
    runner.cleanUp();
    this.#writeHosts();
  }

  #forgetClaim(claim: KubeObject): void {
    rmSync(this.claimDir(claim.metadata.namespace ?? '', claim.metadata.name), { recursive: true, force: true });
  }

  #environment(): Record<string, string> {
    const api = new URL(this.#api.url);
    return {
      KUBERNETES_SERVICE_HOST: api.hostname,
      KUBERNETES_SERVICE_PORT: api.port,
      HOLDFAST_DEV_HOSTS: this.hostsFile,
      LANG: 'C.UTF-8',
      ...this.#options.environment,
    };
  }

  #writeHosts(): void {
    if (this.#closing.signal.aborted || !this.#pods) return;
    const pods = [...this.#runners.values()].map(({ pod }) => pod);
    writeHosts(this.hostsFile, hostNames(pods, this.#services?.all() ?? []));
  }

  /** Work that nobody awaits: a pod that left meanwhile is fine, other trouble is told. */
  #spawn(work: Promise<void>, doing: string): void {
    work.catch((error: unknown) => {
      if (this.#closing.signal.aborted || (error instanceof ApiError && (error.status === 404 || error.status === 409)))
        return;
      this.#log(`kubelet: ${doing}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
