import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ApiAccess } from '../../cluster/kubelet/api-client.ts';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user?: string };
  }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string };
  }[];
  readonly users?: readonly { readonly name: string; readonly user?: { readonly token?: string } }[];
}

/** Server, its authority and the token of a kubeconfig's current context; a URL stands for itself. */
export function readKubeconfig(pathOrUrl: string): ApiAccess {
  if (pathOrUrl.startsWith('http://')) return { url: pathOrUrl };
  const config = parse(readFileSync(pathOrUrl, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (!cluster?.server) throw new Error(`${pathOrUrl} has no current context with a server`);
  const token = config.users?.find(({ name }) => name === context?.user)?.user?.token;
  const authority = cluster['certificate-authority-data'];
  return {
    url: cluster.server,
    ...(token !== undefined && { token }),
    ...(authority !== undefined && { ca: Buffer.from(authority, 'base64').toString('utf8') }),
  };
}
