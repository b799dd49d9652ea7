import { BlockList, isIP } from 'node:net';
import type { Refusal } from '@holdfast/types';

/**
 * Whether a service may talk to an endpoint that a user named. Addresses inside the cluster, on this machine or its link, and
 * private ranges are refused unless the installation lists them, because a service can reach what its users cannot. An entry of
 * `allowed` is an origin (`https://minio.example:9000`), a host with or without port, or `*.domain`.
 *
 * Names are judged as they are written: what a public name resolves to is only known when it is called.
 */
export function allowedEndpoint(url: string, allowed: readonly string[]): Refusal | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol))
    return refuse('is no http or https address; write it like https://store.example:9000');
  if (parsed.username !== '' || parsed.password !== '')
    return refuse('must not hold credentials; put them into the Secret');
  if (parsed.search !== '' || parsed.hash !== '')
    return refuse('must not have a query or a fragment; write it like https://store.example:9000');
  const host = hostOf(parsed);
  if (allowed.some((entry) => matches(entry, parsed, host)) || !isPrivate(host)) return undefined;
  return refuse(
    `names ${host}, a private address that services may not call; ask the administrator to list it in allowedEndpoints`,
  );
}

const field = 'spec.storage.cloud.endpointURL';

function refuse(problem: string): Refusal {
  return { reason: 'SpecInvalid', field, message: `${field} ${problem}` };
}

/** Without brackets and the dot of a fully qualified name; `URL` has brought numbers like 0x7f.1 into one shape already. */
function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function isPrivate(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return privateAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
  return !host.includes('.') || privateNames.test(host);
}

/** Names without a dot are looked up in the pod's own namespace first. */
const privateNames = /(^|\.)(svc|local|localhost|internal|localdomain|home\.arpa)$|\.svc\./;

const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv6');

function matches(entry: string, url: URL, host: string): boolean {
  const listed = entry.trim().toLowerCase().replace(/\/+$/, '');
  if (listed.includes('://')) return URL.canParse(listed) && new URL(listed).origin === url.origin;
  if (listed.startsWith('*.')) return host.endsWith(listed.slice(1));
  return listed === url.host || listed === host || listed === url.hostname;
}
