import { isIP, type LookupFunction } from 'node:net';
import type { Refusal } from '@holdfast/types';
import { isPrivateAddress } from './private-address.ts';
import { publicLookup } from './public-lookup.ts';

/**
 * Whether a service may talk to an endpoint that a user named. Addresses inside the cluster, on this machine or its link, and
 * private ranges are refused unless the installation lists them, because a service can reach what its users cannot. An entry of
 * `allowed` is an origin (`https://minio.example:9000`), a host with or without port, or `*.domain`.
 *
 * Names are judged as they are written; what a public name resolves to is judged when it is called, by `lookupFor`.
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
  if (isListed(parsed, allowed) || !isPrivateHost(parsed)) return undefined;
  return refuse(
    `names ${host}, a private address that services may not call; ask the administrator to list it in allowedEndpoints`,
  );
}

/** How names are resolved for an endpoint that a user named: the listed ones as ever, the others to public addresses alone. */
export function lookupFor(url: string, allowed: readonly string[]): LookupFunction | undefined {
  return isListed(new URL(url), allowed) ? undefined : publicLookup();
}

const field = 'spec.storage.cloud.endpointURL';

function isListed(url: URL, allowed: readonly string[]): boolean {
  return allowed.some((entry) => matches(entry, url, hostOf(url)));
}

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

/** Whether an address, as it is written, is one inside the cluster, on this machine or in a private network. */
export function isPrivateHost(url: URL): boolean {
  const host = hostOf(url);
  if (isIP(host) !== 0) return isPrivateAddress(host);
  return !host.includes('.') || privateNames.test(host);
}

/** Names without a dot are looked up in the pod's own namespace first. */
const privateNames = /(^|\.)(svc|local|localhost|internal|localdomain|home\.arpa)$|\.svc\./;

function matches(entry: string, url: URL, host: string): boolean {
  const listed = entry.trim().toLowerCase().replace(/\/+$/, '');
  if (listed.includes('://')) return URL.canParse(listed) && new URL(listed).origin === url.origin;
  if (listed.startsWith('*.')) return host.endsWith(listed.slice(1));
  return listed === url.host || listed === host || listed === url.hostname;
}
