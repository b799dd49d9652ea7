import { annotations, type ActiveRun, type HistoryEntry, type Neo4jBackup, type Status } from '@holdfast/types';
import { ensure, makeNamespace } from '../cluster/furnish.ts';
import { ApiError } from '../cluster/kubelet/api-client.ts';
import { startCluster, type ClusterOptions, type DevCluster } from '../cluster/start-cluster.ts';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import type { Allowances, Evidence, SeenEvent } from './evidence.ts';
import { expectInvariants } from './invariants.ts';
import { addressOf, fetchText, startRecord, type Record as Notes } from './record.ts';
import { openStores, type Stores } from './stores.ts';

export const namespace = 'faults';
export const bucket = 'faults-bucket';
const target = 'db';
const group = '/apis/neo4j.neo4j.com/v1alpha1';
const backups = `${group}/namespaces/${namespace}/neo4jbackups`;
/** Path of the Jobs of the scene's namespace. */
export const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;

/** Path of the Lease that watchers campaign for. */
export const leasePath = '/apis/coordination.k8s.io/v1/namespaces/holdfast/leases/holdfast-watcher';

/** A dev cluster with one standalone to back up, everything that happens on it written down, and the hands that tests need. */
export interface Scene {
  readonly cluster: DevCluster;
  readonly stores: Stores;
  readonly notes: Notes;
  readonly neo4j: Control;
  /** Values that must be shown nowhere, besides the cluster's own; a test adds those that it gives to somebody. */
  readonly secrets: string[];
  /** Creates a backup of the standalone into the bucket; `spec` is merged over that. */
  create(name: string, spec?: object, meta?: object): Promise<Neo4jBackup>;
  patch(name: string, change: object): Promise<Neo4jBackup>;
  /** Deletes a backup, and waits until it is gone. */
  remove(name: string): Promise<void>;
  /** Asks for a run by a token. */
  request(name: string, token: string): Promise<Neo4jBackup>;
  backup(name: string): Promise<Neo4jBackup>;
  status(name: string): Promise<Status>;
  /** Waits until the backup's active run is as the test wants it. */
  untilActive(name: string, is: (run: ActiveRun) => boolean): Promise<ActiveRun>;
  /** Waits for the newest settled run that fits. */
  untilSettled(name: string, is?: (entry: HistoryEntry) => boolean, withinMs?: number): Promise<HistoryEntry>;
  /** Jobs of backup runs that were ever there, gone ones included. */
  jobsOf(name: string): Promise<number>;
  eventsOf(name: string): Promise<SeenEvent[]>;
  deleteJob(name: string): Promise<void>;
  /** State and checks that a service shows of its health. */
  health(service: string): Promise<Health>;
  /** The Lease of a killed leader is over: what else takes fifteen seconds. Only for a leader that is dead. */
  leaseRunsOut(): Promise<void>;
  /** Ends a scenario: faults are over and I1 to I8 hold. */
  end(allowed?: Allowances): Promise<void>;
  /** After every test, failed ones too: everything runs, nothing is spoiled, and no backup is left. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface SceneOptions extends Omit<ClusterOptions, 'quiet'> {
  /** Objects of the bucket can be locked. */
  readonly bucketLocks?: boolean;
}

/** Starts the cluster and waits until the standalone is ready and a watcher leads. */
export async function openScene({ bucketLocks = false, ...options }: SceneOptions): Promise<Scene> {
  const cluster = await startCluster({ quiet: true, ...options });
  try {
    const stores = await openStores(cluster, bucket, { locks: bucketLocks });
    await furnish(cluster);
    const notes = await startRecord(cluster, stores);
    return new FaultScene(cluster, stores, notes);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function furnish(cluster: DevCluster): Promise<void> {
  const { client } = cluster;
  await makeNamespace(client, namespace);
  await cluster.giveStoreSecret(namespace);
  const collection = `${group}/namespaces/${namespace}/neo4jenterprisestandalones`;
  await ensure(client, collection, {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseStandalone',
    metadata: { name: target, annotations: { 'standin.neo4j.com/store-bytes': '256Ki' } },
    spec: {
      image: { repo: 'neo4j', tag: '5.26-enterprise' },
      storage: { className: 'standard', size: '1Gi' },
      edition: 'enterprise',
    },
  });
  const ready = async () =>
    (await client.get<{ status?: { phase?: string } }>(`${collection}/${target}`)).status?.phase === 'Ready';
  await until(ready, { saying: 'the standalone' });
}

class FaultScene implements Scene {
  readonly cluster: DevCluster;
  readonly stores: Stores;
  readonly notes: Notes;
  readonly neo4j: Control;
  readonly secrets: string[] = [];

  constructor(cluster: DevCluster, stores: Stores, notes: Notes) {
    if (!cluster.neo4j) throw new Error('fault tests need the stand-in Neo4j');
    this.cluster = cluster;
    this.stores = stores;
    this.notes = notes;
    this.neo4j = cluster.neo4j.control(namespace, target);
  }

  create(name: string, spec: object = {}, meta: object = {}): Promise<Neo4jBackup> {
    return this.cluster.client.create<Neo4jBackup>(`${backups}?fieldValidation=Strict`, {
      apiVersion: 'neo4j.neo4j.com/v1alpha1',
      kind: 'Neo4jBackup',
      metadata: { name, ...meta },
      spec: { target: { kind: 'Cluster', name: target }, storage: { type: 's3', bucket }, ...spec },
    });
  }

  patch(name: string, change: object): Promise<Neo4jBackup> {
    return this.cluster.client.patch(`${backups}/${name}`, change);
  }

  async remove(name: string): Promise<void> {
    const { client } = this.cluster;
    await client.delete(`${backups}/${name}`);
    await until(async () => (await client.find(`${backups}/${name}`)) === undefined, { saying: `the end of ${name}` });
  }

  request(name: string, token: string): Promise<Neo4jBackup> {
    return this.patch(name, { metadata: { annotations: { [annotations.run]: token } } });
  }

  backup(name: string): Promise<Neo4jBackup> {
    return this.cluster.client.get(`${backups}/${name}`);
  }

  async status(name: string): Promise<Status> {
    return (await this.backup(name)).status ?? {};
  }

  untilActive(name: string, is: (run: ActiveRun) => boolean): Promise<ActiveRun> {
    const active = async () => {
      const { activeRun } = await this.status(name);
      return activeRun && is(activeRun) ? activeRun : undefined;
    };
    return until(active, { saying: `the active run of ${name}` });
  }

  untilSettled(
    name: string,
    is: (entry: HistoryEntry) => boolean = () => true,
    withinMs = 60_000,
  ): Promise<HistoryEntry> {
    const settled = async () => {
      const { history = [], activeRun, conditions } = await this.status(name);
      const entry = history.find((one) => one.count === undefined && is(one));
      if (!entry) throw new Error(`it stands at ${JSON.stringify({ activeRun, history, conditions })}`);
      return entry;
    };
    return until(settled, { withinMs, saying: `the end of a run of ${name}` });
  }

  async jobsOf(name: string): Promise<number> {
    const { uid } = (await this.backup(name)).metadata;
    return [...this.notes.jobs.values()].filter(({ backupUid, verb }) => backupUid === uid && verb === 'backup').length;
  }

  async eventsOf(name: string): Promise<SeenEvent[]> {
    const { uid } = (await this.backup(name)).metadata;
    return (await this.#events()).filter(({ about }) => about === uid);
  }

  async deleteJob(name: string): Promise<void> {
    await this.cluster.client.delete(`${jobs}/${name}-backup`, { propagationPolicy: 'Foreground' });
    const gone = async () => (await this.cluster.client.find(`${jobs}/${name}-backup`)) === undefined;
    await until(gone, { saying: `the end of the Job of ${name}` });
  }

  async health(service: string): Promise<Health> {
    const text = await fetchText(await addressOf(this.cluster.services, service), '/healthz');
    return text ? (JSON.parse(text) as Health) : {};
  }

  async leaseRunsOut(): Promise<void> {
    await this.cluster.client.delete(leasePath).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error; // killed before it led
    });
  }

  async end(allowed: Allowances = {}): Promise<void> {
    this.#endFaults();
    await expectInvariants(() => this.#gather(), allowed);
  }

  async reset(): Promise<void> {
    const { services, redis, redisLink, api } = this.cluster;
    this.#endFaults();
    await api.reconnect();
    await redis.start();
    await redisLink.reconnect();
    for (const name of services.names) {
      services.start(name); // one that runs is left alone
      if (services.pid(name) !== undefined) services.thaw(name);
    }
    await this.#removeBackups();
  }

  async close(): Promise<void> {
    await this.notes.close();
    await this.cluster.stop();
  }

  async #gather(): Promise<Evidence> {
    await this.notes.look();
    const { notes, cluster, stores } = this;
    const { items } = await cluster.client.get<{ items: Neo4jBackup[] }>(backups);
    const present = new Set(items.map(({ metadata }) => metadata.uid));
    const events = await this.#events();
    const folders = await Promise.all(items.map((backup) => stores.folderOf(backup, notes.manifests)));
    return {
      now: cluster.clock.now(),
      backups: items,
      versions: notes.versions.filter(({ metadata }) => present.has(metadata.uid)),
      jobs: [...notes.jobs.values()],
      events,
      metrics: notes.metrics,
      health: Object.fromEntries(
        await Promise.all(
          cluster.services.names.map(async (name) => [name, (await this.health(name)).state ?? 'silent'] as const),
        ),
      ),
      folders: folders.filter((folder) => folder !== undefined),
      texts: [
        ...[...notes.texts].map(([where, text]) => ({ where, text })),
        ...notes.versions.map((backup) => ({
          where: `the status of ${backup.metadata.name}`,
          text: JSON.stringify(backup),
        })),
        ...events.map(({ message, reason }) => ({ where: `an Event ${reason}`, text: message })),
        ...[...notes.manifests].map(([key, manifest]) => ({ where: key, text: JSON.stringify(manifest) })),
      ],
      secrets: [...this.secrets, ...secretsOf(cluster.stores), ...Object.values(cluster.serviceTokens ?? {})],
    };
  }

  async #events(): Promise<SeenEvent[]> {
    const { items } = await this.cluster.client.get<{ items: ApiEvent[] }>(`/api/v1/namespaces/${namespace}/events`);
    return items.map(({ involvedObject, type, reason, message }) => ({
      about: involvedObject.uid ?? '',
      type,
      reason,
      message,
    }));
  }

  #endFaults(): void {
    this.cluster.api.faults.clear();
    this.cluster.stores.s3.faults.clear();
    this.neo4j.disarm();
  }

  async #removeBackups(): Promise<void> {
    const { client } = this.cluster;
    const { items } = await client.get<{ items: Neo4jBackup[] }>(backups);
    await Promise.all(items.map(({ metadata }) => client.delete(`${backups}/${metadata.name}`)));
    const noJobs = async () => (await client.get<{ items: unknown[] }>(jobs)).items.length === 0;
    await until(noJobs, { saying: 'the end of the Jobs of removed backups' });
  }
}

/** What opens the stores. Of a private key every line counts. */
function secretsOf({ s3, azure, gcs }: DevCluster['stores']): string[] {
  const lines = gcs?.account.private_key.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----'));
  return [s3.secretAccessKey, azure.accountKey, ...(lines ?? [])];
}

/** What a health page says; empty when nobody answers. */
interface Health {
  readonly state?: string;
  readonly checks?: object;
}

interface ApiEvent {
  readonly involvedObject: { readonly uid?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}
