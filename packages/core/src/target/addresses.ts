import type { PodObject, ServerObject } from './objects.ts';

/** Where Neo4j takes backups unless it is told otherwise. */
export const backupPort = 6362;

/** Where one server serves backups. */
export interface Address {
  /** `host:port`. */
  readonly address: string;
  readonly secondary: boolean;
}

/**
 * Backup addresses of a target's servers, secondaries first so that primaries are spared. Pods are used where the operator labelled
 * them; without any, the names that operators give are computed from the topology.
 */
export function addressesOf(
  server: ServerObject,
  kind: 'Cluster' | 'Standalone',
  pods: readonly PodObject[],
  clusterDomain: string,
): Address[] {
  const { name, namespace } = server.metadata;
  const primaries = server.spec?.topology?.primaries ?? 1;
  const live = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  const servers = live.length > 0 ? live.map((pod) => fromPod(pod, primaries)) : fromTopology(server, kind, primaries);
  return servers.toSorted(byRoleAndName).map(({ host, subdomain, secondary }) => ({
    address: `${host}.${subdomain ?? `${name}-headless`}.${namespace}.svc.${clusterDomain}:${backupPort}`,
    secondary,
  }));
}

/** What a pod's labels, or its name in the older layout, say of the server in it; undefined when they say nothing. */
export function roleOf({ metadata: { name, labels } }: PodObject): 'primary' | 'secondary' | undefined {
  const label = labels?.['neo4j.com/server-role'] ?? labels?.['neo4j.com/role'];
  if (label) return /secondary/i.test(label) ? 'secondary' : 'primary';
  return /-(primary|secondary)-\d+$/.exec(name)?.[1] as 'primary' | 'secondary' | undefined;
}

interface Server {
  readonly host: string;
  readonly subdomain?: string;
  readonly secondary: boolean;
}

/** Secondaries first, then in the order in which people number them. */
export function byRoleAndName(a: Pick<Server, 'host' | 'secondary'>, b: Pick<Server, 'host' | 'secondary'>): number {
  return Number(b.secondary) - Number(a.secondary) || a.host.localeCompare(b.host, 'en', { numeric: true });
}

function fromPod(pod: PodObject, primaries: number): Server {
  const { metadata, spec } = pod;
  const index = Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? '0');
  const role = roleOf(pod);
  const secondary = role ? role === 'secondary' : index >= primaries;
  return { host: spec?.hostname ?? metadata.name, ...(spec?.subdomain && { subdomain: spec.subdomain }), secondary };
}

function fromTopology(
  { metadata: { name }, spec }: ServerObject,
  kind: 'Cluster' | 'Standalone',
  primaries: number,
): Server[] {
  if (kind === 'Standalone') return [{ host: `${name}-0`, secondary: false }];
  const count = primaries + (spec?.topology?.secondaries ?? 0);
  return Array.from({ length: count }, (_, index) => ({
    host: `${name}-server-${index}`,
    secondary: index >= primaries,
  }));
}
