import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user?: string };
  }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  readonly users?: readonly { readonly name: string; readonly user?: { readonly token?: string } }[];
}

/** Server and token of a kubeconfig's current context; a URL stands for itself. Only plain HTTP is spoken here. */
export function readKubeconfig(pathOrUrl: string): { url: string; token?: string } {
  if (pathOrUrl.startsWith('http://')) return { url: pathOrUrl };
  const config = parse(readFileSync(pathOrUrl, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const url = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster.server;
  if (!url) throw new Error(`${pathOrUrl} has no current context with a server`);
  if (!url.startsWith('http://')) throw new Error(`the stand-in operator speaks plain HTTP only, not ${url}`);
  const token = config.users?.find(({ name }) => name === context?.user)?.user?.token;
  return token === undefined ? { url } : { url, token };
}
