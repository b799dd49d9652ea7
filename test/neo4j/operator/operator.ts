import { ApiError, type ApiClient } from '../../cluster/kubelet/api-client.ts';
import type { Reflector } from '../../cluster/kubelet/reflector.ts';
import { readJson, writeJson } from '../state/json-file.ts';
import { clusterStateDir, StateFolder } from '../state/state-folder.ts';
import { decide, targetStatus, withReady, type Step } from './decide.ts';
import {
  apiVersion,
  collections,
  type DatabaseObject,
  type Meta,
  type ServerPod,
  type Status,
  type Target,
} from './objects.ts';
import { headlessService, podManifest, type PodOptions } from './server-plan.ts';
import { parseBytes } from './store-bytes.ts';
import { join, relative } from 'node:path';

/** What the operator sees of the cluster. */
export interface Seen {
  readonly clusters: Reflector<Target>;
  readonly standalones: Reflector<Target>;
  readonly databases: Reflector<DatabaseObject>;
  readonly pods: Reflector<ServerPod>;
}

/** How it acts. */
export interface Acting {
  readonly stateDir: string;
  readonly stateDirInPods: string;
  readonly storeBytes: number;
  readonly labels: PodOptions['labels'] | undefined;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

/** Looks at one object at a time and brings the world a step nearer to it. Keys are `kind/namespace/name`. */
export class Operator {
  readonly #api: ApiClient;
  readonly #seen: Seen;
  readonly #acting: Acting;
  /** Databases this operator has made, so that it knows which to drop when their objects have gone. */
  readonly #made = new Map<string, { folder: string; database: string }>();

  constructor(api: ApiClient, seen: Seen, acting: Acting) {
    this.#api = api;
    this.#seen = seen;
    this.#acting = acting;
  }

  /** Every object there is. */
  keys(): string[] {
    const { clusters, standalones, databases } = this.#seen;
    return [
      ...keysOf('Neo4jEnterpriseCluster', clusters.all()),
      ...keysOf('Neo4jEnterpriseStandalone', standalones.all()),
      ...keysOf('Neo4jDatabase', databases.all()),
    ];
  }

  async reconcile(key: string): Promise<void> {
    const [kind, namespace = '', name = ''] = key.split('/');
    if (kind === 'Neo4jDatabase') return this.#reconcileDatabase(key, namespace, name);
    const collection = kind === 'Neo4jEnterpriseCluster' ? this.#seen.clusters : this.#seen.standalones;
    const target = collection.get(namespace, name);
    if (target && !target.metadata.deletionTimestamp)
      await this.#reconcileTarget({ ...target, kind: kind as Target['kind'] });
  }

  async #reconcileTarget(target: Target): Promise<void> {
    const state = this.#stateOf(target);
    await this.#ensure(`/api/v1/namespaces/${target.metadata.namespace}/services`, headlessService(target));
    const pods = this.#podsOf(target);
    for (const step of decide(target, pods)) await this.#apply(step, target, state);
    const status = targetStatus(target, pods, this.#acting.now());
    await this.#writeStatus(target.kind, target, status);
    if (status.phase !== 'Ready') return;
    for (const { metadata, spec } of this.#seen.databases.all()) {
      const waits = spec.clusterRef === target.metadata.name && metadata.namespace === target.metadata.namespace;
      if (waits)
        await this.#reconcileDatabase(
          `Neo4jDatabase/${metadata.namespace}/${metadata.name}`,
          metadata.namespace,
          metadata.name,
        );
    }
  }

  async #reconcileDatabase(key: string, namespace: string, name: string): Promise<void> {
    const object = this.#seen.databases.get(namespace, name);
    if (!object || object.metadata.deletionTimestamp) return this.#dropMade(key);
    const target = this.#targetNamed(namespace, object.spec.clusterRef);
    const now = this.#acting.now();
    if (target?.status?.phase !== 'Ready') {
      const message = `${target ? 'not ready' : 'not found'}: cluster or standalone "${object.spec.clusterRef}"`;
      const status = withReady(
        object,
        { phase: 'Pending', message },
        { ready: false, reason: 'WaitingForServers' },
        now,
      );
      return this.#writeStatus('Neo4jDatabase', object, status);
    }
    const database = object.spec.name ?? name;
    const state = this.#stateOf(target);
    state.ensureDatabase(database, this.#storeBytes(object), now);
    this.#made.set(key, { folder: state.path, database });
    const message = `database "${database}" is online in the stand-in servers`;
    await this.#writeStatus(
      'Neo4jDatabase',
      object,
      withReady(object, { phase: 'Ready', message }, { ready: true, reason: 'DatabaseOnline' }, now),
    );
  }

  #dropMade(key: string): void {
    const made = this.#made.get(key);
    if (!made) return;
    const state = new StateFolder(made.folder);
    if (state.database(made.database)) state.dropDatabase(made.database);
    this.#made.delete(key);
  }

  async #apply(step: Step, target: Target, state: StateFolder): Promise<void> {
    const pods = `/api/v1/namespaces/${target.metadata.namespace}/pods`;
    if (step.kind === 'delete') {
      this.#acting.log(`deleting pod ${step.pod.metadata.name}: ${step.because}`);
      return this.#unlessMissing(this.#api.delete(`${pods}/${step.pod.metadata.name}`));
    }
    const { labels, stateDir, stateDirInPods } = this.#acting;
    const options = {
      stateDir: join(stateDirInPods, relative(stateDir, state.path)),
      storeBytes: this.#storeBytes(target),
      ...(labels ? { labels } : {}),
    };
    await this.#ensure(pods, podManifest(target, step.server, options));
  }

  /** The folder of a target; an object that was deleted and made again starts with nothing. */
  #stateOf({ metadata }: Target): StateFolder {
    const state = new StateFolder(clusterStateDir(this.#acting.stateDir, metadata.namespace, metadata.name));
    const file = join(state.path, 'owner.json');
    const owner = readJson<{ uid: string }>(file);
    if (owner?.uid === metadata.uid) return state;
    if (owner) for (const { name } of state.databases()) state.dropDatabase(name);
    writeJson(file, { uid: metadata.uid });
    return state;
  }

  #storeBytes({ metadata }: { metadata: Meta }): number {
    const asked = metadata.annotations?.['standin.neo4j.com/store-bytes'];
    return asked === undefined ? this.#acting.storeBytes : parseBytes(asked);
  }

  #podsOf({ metadata }: Target): ServerPod[] {
    return this.#seen.pods
      .all()
      .filter(
        (pod) =>
          pod.metadata.namespace === metadata.namespace && pod.metadata.labels?.['neo4j.com/cluster'] === metadata.name,
      );
  }

  #targetNamed(namespace: string, name: string): Target | undefined {
    return this.#seen.clusters.get(namespace, name) ?? this.#seen.standalones.get(namespace, name);
  }

  async #writeStatus(
    kind: keyof typeof collections,
    object: { metadata: Meta; status?: Status },
    status: Status,
  ): Promise<void> {
    if (JSON.stringify(pick(object.status)) === JSON.stringify(pick(status))) return;
    const { namespace, name } = object.metadata;
    const path = `/apis/${apiVersion}/namespaces/${namespace}/${collections[kind]}/${name}/status`;
    await this.#unlessMissing(this.#api.patch(path, { status }));
  }

  async #ensure(collection: string, manifest: Record<string, unknown>): Promise<void> {
    try {
      await this.#api.create(collection, manifest);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }

  async #unlessMissing(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
}

/** What this operator writes, in one order, so that an unchanged status is not written again. */
function pick(status: Status | undefined): unknown {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return [
    status?.phase,
    status?.message,
    status?.observedGeneration,
    condition?.status,
    condition?.reason,
    condition?.message,
  ];
}

function keysOf(kind: string, objects: readonly { metadata: Meta }[]): string[] {
  return objects.map(({ metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`);
}
