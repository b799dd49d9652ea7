import { renameSync, writeFileSync } from 'node:fs';
import type { KubeObject } from './api-client.ts';
import type { Pod } from './pod-types.ts';

/** The part of a Service that names need. */
export interface Service extends KubeObject {
  spec: { selector?: Record<string, string>; publishNotReadyAddresses?: boolean; externalName?: string };
}

/** Every name of the cluster's DNS (without the cluster's own domain) and its addresses. */
export function hostNames(pods: readonly Pod[], services: readonly Service[]): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  const living = pods.filter(
    ({ status }) => status?.podIP && status.phase !== 'Succeeded' && status.phase !== 'Failed',
  );
  for (const pod of living) {
    const { name, namespace } = pod.metadata;
    const address = pod.status?.podIP ?? '';
    names[name] ??= [address];
    if (pod.spec.subdomain) names[`${pod.spec.hostname ?? name}.${pod.spec.subdomain}.${namespace}.svc`] = [address];
  }
  for (const service of services) {
    const { name, namespace } = service.metadata;
    const addresses = living
      .filter((pod) => pod.metadata.namespace === namespace && selects(service, pod))
      .filter((pod) => service.spec.publishNotReadyAddresses || isReady(pod))
      .map((pod) => pod.status?.podIP ?? '');
    if (addresses.length > 0) names[`${name}.${namespace}.svc`] = names[`${name}.${namespace}`] = addresses;
  }
  return names;
}

/** Writes the names where `dns-preload.mjs` reads them; a reader sees the old file or the new one. */
export function writeHosts(file: string, names: Record<string, string[]>): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, JSON.stringify(names));
  renameSync(fresh, file);
}

function selects({ spec }: Service, pod: Pod): boolean {
  const wanted = Object.entries(spec.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
