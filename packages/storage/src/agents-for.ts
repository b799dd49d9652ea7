import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';

/** How a client's connections differ from everybody's. */
export interface Connecting {
  /** Resolves names when a connection is made; without it, the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Certificates, each as PEM, that are believed besides those of the public authorities, by this client alone. */
  readonly authorities?: readonly string[] | undefined;
}

export interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Connections of a client with a way of its own, as many as the AWS SDK keeps by itself; undefined for one that has none. */
export function agentsFor({ lookup, authorities }: Connecting): Agents | undefined {
  if (!lookup && !authorities) return undefined;
  const options = { keepAlive: true, maxSockets: 50, ...(lookup && { lookup }) };
  return {
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent({ ...options, ...(authorities && { secureContext: trusting(authorities) }) }),
  };
}

/** Made once for all connections of a client. An authority below another one may be given without the one above it. */
function trusting(authorities: readonly string[]): ReturnType<typeof createSecureContext> {
  return createSecureContext({
    ca: [...getCACertificates('default'), ...authorities],
    allowPartialTrustChain: true,
  });
}
