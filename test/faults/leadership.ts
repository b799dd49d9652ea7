import type { PassedRequest } from '../cluster/proxy/fault-proxy.ts';
import { until } from '../until.ts';
import { addressOf, fetchText } from './record.ts';
import { leasePath, type Scene } from './scene.ts';

/** Who holds the Lease, by the name that it gave itself; undefined while nobody does. */
export async function holder(scene: Scene): Promise<string | undefined> {
  const lease = await scene.cluster.client.find<{ spec?: { holderIdentity?: string } }>(leasePath);
  return lease?.spec?.holderIdentity || undefined;
}

/** The service that leads: the identity of a replica begins with its name. */
export async function leader(scene: Scene): Promise<string> {
  const identity = await until(() => holder(scene), { saying: 'a leader' });
  return identity.startsWith('watcher-1-') ? 'watcher-1' : 'watcher';
}

/** Whether this watcher says of itself that it leads; undefined when it does not answer. */
export async function saysItLeads({ cluster }: Scene, service: string): Promise<boolean | undefined> {
  const page = await fetchText(await addressOf(cluster.services, service), '/metrics');
  const [, value] = /^neo4jbackup_leader(?:\{.*\})? (\d)$/m.exec(page) ?? [];
  return value === undefined ? undefined : value === '1';
}

/** When somebody took, kept or gave back the Lease, oldest first. */
export function turns(passed: readonly PassedRequest[]): { readonly who: string; readonly at: Date }[] {
  return passed.filter((request) => isWatchers(request) && isTurn(request)).map(({ agent: who, at }) => ({ who, at }));
}

/**
 * What watchers wrote while the Lease was somebody else's: none of it may ever be there. Requests are judged in the order in which they were
 * over.
 */
export function writesOutOfTurn(passed: readonly PassedRequest[]): string[] {
  let whose: string | undefined;
  const found: string[] = [];
  for (const request of passed) {
    const { method, path, status, agent } = request;
    if (!isWatchers(request) || !['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) || status >= 300) continue;
    if (isTurn(request)) whose = agent;
    else if (agent !== whose) found.push(`${agent} wrote ${method} ${path} while the Lease was ${whose ?? 'nobody'}'s`);
  }
  return found;
}

function isTurn({ method, path, status }: PassedRequest): boolean {
  return ['POST', 'PUT'].includes(method) && path.includes('/leases') && status >= 200 && status < 300;
}

function isWatchers({ agent }: PassedRequest): boolean {
  return agent.startsWith('holdfast-watcher ');
}
