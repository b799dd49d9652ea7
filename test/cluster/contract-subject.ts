import type { ClusterClock } from './clock/clock.ts';
import type { ImageFolder } from './images/image-table.ts';
import type { ApiAccess, ApiClient } from './kubelet/api-client.ts';
import { startNodeCluster } from './node/start-node-cluster.ts';
import { startCluster } from './start-cluster.ts';
import type { ClusterKind } from './kinds.ts';

/** What the contract asks of a cluster, whatever its pods are made of. */
export interface Subject {
  readonly client: ApiClient;
  readonly access: ApiAccess;
  /** The proxy before the API server. */
  readonly proxyUrl: string;
  /** Undefined where the time is the machine's. */
  readonly clock: ClusterClock | undefined;
  /** Kills a container at once; answers the reason that its pod will tell. */
  kill(namespace: string, pod: string, container: string): Promise<string>;
  /** Evicts as a node under pressure does; undefined where a pod is evicted only for a reason of its own. */
  readonly evict: ((namespace: string, pod: string) => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** Starts a cluster that has images of these names, and nothing of the product. */
export async function startSubject(kind: ClusterKind, images: Readonly<Record<string, ImageFolder>>): Promise<Subject> {
  const bare = { services: false, neo4j: false, quiet: true } as const;
  if (kind === 'node') {
    const { client, access, api, node, stop } = await startNodeCluster({ ...bare, kind, images });
    const kill = async (...container: [string, string, string]) => {
      await node.killContainer(...container);
      return 'Error';
    };
    return { client, access, proxyUrl: api.url, clock: undefined, kill, evict: undefined, stop };
  }
  const { client, access, api, clock, kubelet, stop } = await startCluster({
    ...bare,
    kind,
    images: (name) => images[name],
  });
  const kill = (namespace: string, pod: string, container: string) => {
    kubelet.killContainer(namespace, pod, container, 'OOMKilled');
    return Promise.resolve('OOMKilled');
  };
  const evict = (namespace: string, pod: string) => kubelet.evict(namespace, pod);
  return { client, access, proxyUrl: api.url, clock, kill, evict, stop };
}
