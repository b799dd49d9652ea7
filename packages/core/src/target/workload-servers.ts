import { backupPort, byRoleAndName, roleOf } from './addresses.ts';
import { neo4jIn } from './neo4j-container.ts';
import type { ContainerObject, PodObject, ServiceObject } from './objects.ts';

/** One server of a plain workload. */
export interface WorkloadServer {
  readonly pod: PodObject;
  readonly image: string;
  /** `host:port`. */
  readonly address: string;
  readonly secondary: boolean;
}

/**
 * Servers among these pods, secondaries first where a role is known. A pod has a name in the DNS only where a headless Service gives it one;
 * the Service that Neo4j's own chart names in its StatefulSets is none, so such a pod is reached at its address.
 */
export function serversOf(
  pods: readonly PodObject[],
  service: ServiceObject | undefined,
  { clusterDomain }: { readonly clusterDomain: string },
): WorkloadServer[] {
  const servers = pods.flatMap((pod) => {
    const container = neo4jIn(pod.spec);
    if (!container) return [];
    const host = dnsName(pod, service, clusterDomain) ?? hostOfAddress(pod.status?.podIP ?? '');
    const address = `${host}:${portOf(container, service)}`;
    const secondary = (roleOf(pod) ?? constraintOf(container)) === 'secondary';
    return [{ pod, image: container.image, address, secondary, host: pod.metadata.name }];
  });
  return servers.toSorted(byRoleAndName).map(({ host: _name, ...server }) => server);
}

function dnsName(
  { metadata, spec }: PodObject,
  service: ServiceObject | undefined,
  domain: string,
): string | undefined {
  const headless = service?.spec?.clusterIP === 'None' && spec?.subdomain === service.metadata.name;
  if (!headless) return undefined;
  return `${spec.hostname ?? metadata.name}.${spec.subdomain}.${metadata.namespace}.svc.${domain}`;
}

function hostOfAddress(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

/** Where the container takes backups: as the Service says, else as the container itself says, else as usual. */
function portOf({ ports = [] }: ContainerObject, service: ServiceObject | undefined): number {
  const entry = service?.spec?.ports?.find(({ name, port }) => port === backupPort || isBackup(name));
  const target = entry?.targetPort ?? entry?.port;
  if (typeof target === 'number') return target;
  const named = ports.find(({ name }) => (target === undefined ? isBackup(name) : name === target));
  return named?.containerPort ?? backupPort;
}

function isBackup(name: string | undefined): boolean {
  return name !== undefined && /(^|-)backup(-|$)/.test(name);
}

/** A server may be told by its own configuration what it must never be. */
function constraintOf({ env = [] }: ContainerObject): 'primary' | 'secondary' | undefined {
  const value = env.find(({ name }) => name === 'NEO4J_initial_server_mode__constraint')?.value?.toLowerCase();
  return value === 'primary' || value === 'secondary' ? value : undefined;
}
