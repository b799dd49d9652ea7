import { ApiClient } from '../../cluster/kubelet/api-client.ts';
import { startReflector, type Reflector } from '../../cluster/kubelet/reflector.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { apiVersion, collections, type DatabaseObject, type Meta, type ServerPod, type Target } from './objects.ts';
import { Operator, type Seen } from './operator.ts';
import type { PodOptions } from './server-plan.ts';
import { WorkQueue } from './work-queue.ts';

const podSelector = 'app.kubernetes.io/managed-by=neo4j-operator,app.kubernetes.io/component=database';
const lookAgainEveryMs = 5_000;

/** Where the API server is and where servers keep what they share. */
export interface OperatorOptions {
  /** Path of a kubeconfig, or the URL of an API server that takes plain HTTP. */
  readonly kubeconfig: string;
  /** Each target has its folder below, see `clusterStateDir`. */
  readonly stateDir: string;
  /** Where pods see `stateDir`. Default: at the same place, as processes of this machine do. */
  readonly stateDirInPods?: string;
  readonly now?: () => Date;
  /** Store size of new databases, unless the object has annotation `standin.neo4j.com/store-bytes`. */
  readonly storeBytes?: number;
  readonly labels?: PodOptions['labels'];
  readonly log?: (line: string) => void;
}

/** An operator at work. */
export interface RunningOperator {
  readonly synced: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts the stand-in for the Neo4j operator: server pods and a headless Service for each cluster and standalone,
 * databases in the servers for each `Neo4jDatabase`, and the status of all three. It may start before the CRDs exist.
 */
export function startOperator(options: OperatorOptions): RunningOperator {
  const api = new ApiClient(readKubeconfig(options.kubeconfig));
  const stopping = new AbortController();
  const log = options.log ?? (() => undefined);
  const seen = watchAll(api, stopping.signal, log, (key) => queue.add(key));
  const operator = new Operator(api, seen, {
    stateDir: options.stateDir,
    stateDirInPods: options.stateDirInPods ?? options.stateDir,
    storeBytes: options.storeBytes ?? 4 * 1024 * 1024,
    labels: options.labels,
    now: options.now ?? (() => new Date()),
    log,
  });
  const queue = new WorkQueue((key) => operator.reconcile(key), stopping.signal, log);
  const timer = setInterval(() => operator.keys().forEach((key) => queue.add(key)), lookAgainEveryMs);
  return {
    synced: Promise.all(Object.values(seen).map((reflector) => reflector.synced)),
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await queue.idle();
      api.close();
    },
  };
}

function watchAll(api: ApiClient, signal: AbortSignal, log: (line: string) => void, add: (key: string) => void): Seen {
  const group = `/apis/${apiVersion}`;
  const follow = <T extends Target | DatabaseObject | ServerPod>(
    path: string,
    toKey: (object: T) => string,
  ): Reflector<T> => startReflector<T>(api, path, { signal, onChange: (object) => add(toKey(object)), onTrouble: log });
  return {
    clusters: follow<Target>(`${group}/${collections.Neo4jEnterpriseCluster}`, keyOf('Neo4jEnterpriseCluster')),
    standalones: follow<Target>(
      `${group}/${collections.Neo4jEnterpriseStandalone}`,
      keyOf('Neo4jEnterpriseStandalone'),
    ),
    databases: follow<DatabaseObject>(`${group}/${collections.Neo4jDatabase}`, keyOf('Neo4jDatabase')),
    pods: follow<ServerPod>(`/api/v1/pods?labelSelector=${encodeURIComponent(podSelector)}`, ({ metadata }) => {
      const kind = metadata.labels?.['app.kubernetes.io/part-of'] === 'neo4j-standalone' ? 'Standalone' : 'Cluster';
      return `Neo4jEnterprise${kind}/${metadata.namespace}/${metadata.labels?.['neo4j.com/cluster'] ?? ''}`;
    }),
  };
}

function keyOf(kind: keyof typeof collections): (object: { metadata: Meta }) => string {
  return ({ metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`;
}
