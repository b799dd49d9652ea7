import type { Condition, Status } from '@holdfast/types';
import { stringify } from 'yaml';
import { makeNamespace } from '../cluster/furnish.ts';
import { startCluster, type ClusterOptions, type DevCluster } from '../cluster/start-cluster.ts';
import { storeSecret } from '../cluster/store/store-secrets.ts';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { openKubectl, type Kubectl } from './kubectl.ts';

/** A `Neo4jBackup` as it is in the cluster. */
export interface BackupObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Status;
}

/** A server group to protect, told by what is special about it. */
export interface TargetWish {
  readonly name: string;
  readonly namespace: string;
  readonly kind?: 'Neo4jEnterpriseCluster' | 'Neo4jEnterpriseStandalone';
  readonly tag?: string;
  readonly primaries?: number;
  readonly secondaries?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Wait until the operator says it is ready. Default true. */
  readonly ready?: boolean;
}

/** What a story needs of a cluster, whatever its pods are made of. */
export type JourneyCluster = Pick<
  DevCluster,
  'client' | 'giveStoreSecret' | 'kubeconfig' | 'neo4j' | 'stop' | 'stores'
>;

/** One dev cluster, kubectl, and the words in which the stories are told. */
export interface Journey<Cluster extends JourneyCluster = DevCluster> {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  /** Makes a namespace, with the store's Secret in it unless told otherwise. */
  namespace(name: string, options?: { storeSecret?: boolean }): Promise<void>;
  /** Makes a target; resolves when the operator says it is ready. */
  target(wish: TargetWish): Promise<Control>;
  /** Applies a backup by kubectl. */
  apply(namespace: string, name: string, spec: object, annotations?: Readonly<Record<string, string>>): Promise<void>;
  backup(namespace: string, name: string): Promise<BackupObject>;
  status(namespace: string, name: string): Promise<Status>;
  /** The status as soon as it fits. */
  when(
    namespace: string,
    name: string,
    fits: (status: Status) => unknown,
    options?: { withinMs?: number; saying?: string },
  ): Promise<Status>;
  /** Messages of the Events about an object, oldest first. */
  events(namespace: string, name: string): Promise<{ reason: string; message: string; type: string }[]>;
  stop(): Promise<void>;
}

/** Starts a cluster of its own for one file of journeys. */
export async function startJourney(program: string, options: Partial<ClusterOptions> = {}): Promise<Journey> {
  return journeyOn(await startCluster({ kind: 'embedded', quiet: true, ...options }), program);
}

/** Tells stories on a cluster that runs; it is stopped with them. */
export function journeyOn<Cluster extends JourneyCluster>(cluster: Cluster, program: string): Journey<Cluster> {
  const kubectl = openKubectl(program, cluster.kubeconfig);
  const { client } = cluster;
  const backup = (namespace: string, name: string) => client.get<BackupObject>(`${backupsOf(namespace)}/${name}`);
  const status = async (namespace: string, name: string) => (await backup(namespace, name)).status ?? {};
  return {
    cluster,
    kubectl,
    backup,
    status,
    namespace: async (name, { storeSecret = true } = {}) => {
      await makeNamespace(client, name);
      if (storeSecret) await cluster.giveStoreSecret(name);
    },
    target: (wish) => makeTarget(cluster, wish),
    apply: async (namespace, name, spec, annotations) => {
      const metadata = { name, namespace, ...(annotations && { annotations }) };
      // As kubectl reads it: there a bare `on` is a truth value.
      await kubectl.apply(stringify({ apiVersion, kind: 'Neo4jBackup', metadata, spec }, { version: '1.1' }));
    },
    when: (namespace, name, fits, { withinMs = 60_000, saying = `what ${name} waits for` } = {}) =>
      until(
        async () => {
          const now = await status(namespace, name);
          if (!fits(now)) throw new Error(`status is ${JSON.stringify(now)}`);
          return now;
        },
        { withinMs, saying },
      ),
    events: async (namespace, name) => {
      const selector = encodeURIComponent(`involvedObject.name=${name}`);
      const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`;
      return (await client.get<{ items: { reason: string; message: string; type: string }[] }>(path)).items;
    },
    stop: async () => {
      kubectl.close();
      await cluster.stop();
    },
  };
}

/** The condition of this type. */
export function condition(status: Status, type: string): Condition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

/** Fits when so many runs of a backup have succeeded and nothing is under way, retention included. */
export function succeeded(count: number): (status: Status) => boolean {
  return (status) =>
    !status.activeRun && (status.history ?? []).filter((entry) => entry.status === 'Succeeded').length === count;
}

/** A cloud-less S3 spec: endpoint and keys come from the installation's defaults. */
export function bucket(name: string): object {
  return { type: 's3', bucket: name };
}

/** An S3 spec that says everything itself, so that uploads carry their checksums, which an endpoint of one's own is not trusted to know. */
export function checkedBucket({ stores: { s3 } }: DevCluster, name: string): object {
  const { endpoint: endpointURL, region } = s3;
  const own = { endpointURL, forcePathStyle: true, checksumMode: 'WhenSupported' };
  return { ...bucket(name), cloud: { provider: 'aws', region, credentialsSecret: storeSecret, ...own } };
}

const apiVersion = 'neo4j.neo4j.com/v1alpha1';

export function backupsOf(namespace: string): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/neo4jbackups`;
}

async function makeTarget(cluster: JourneyCluster, wish: TargetWish): Promise<Control> {
  const { name, namespace, kind = 'Neo4jEnterpriseCluster', tag = '5.26-enterprise', annotations } = wish;
  const collection = `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const topology = { primaries: wish.primaries ?? 1, secondaries: wish.secondaries ?? 0 };
  await cluster.client.create(collection, {
    apiVersion,
    kind,
    metadata: { name, namespace, annotations: { 'standin.neo4j.com/store-bytes': '300Ki', ...annotations } },
    spec: { image: { repo: 'neo4j', tag }, ...(kind === 'Neo4jEnterpriseCluster' && { topology }) },
  });
  if (wish.ready !== false) {
    await until(
      async () => {
        const { status } = await cluster.client.get<{ status?: { phase?: string } }>(`${collection}/${name}`);
        return status?.phase === 'Ready';
      },
      { saying: `target ${namespace}/${name} is ready` },
    );
  }
  if (!cluster.neo4j) throw new Error('this cluster has no stand-in Neo4j');
  return cluster.neo4j.control(namespace, name);
}

/** Makes a `Neo4jDatabase`; resolves when it is online. */
export async function makeDatabase(
  { client }: JourneyCluster,
  wish: { namespace: string; object: string; clusterRef: string; name?: string },
): Promise<void> {
  const collection = `/apis/${apiVersion}/namespaces/${wish.namespace}/neo4jdatabases`;
  await client.create(collection, {
    apiVersion,
    kind: 'Neo4jDatabase',
    metadata: {
      name: wish.object,
      namespace: wish.namespace,
      annotations: { 'standin.neo4j.com/store-bytes': '200Ki' },
    },
    spec: { clusterRef: wish.clusterRef, ...(wish.name && { name: wish.name }) },
  });
  await until(
    async () => {
      const { status } = await client.get<{ status?: { phase?: string } }>(`${collection}/${wish.object}`);
      return status?.phase === 'Ready';
    },
    { saying: `database ${wish.namespace}/${wish.object} is online` },
  );
}
