import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';
import { KubeError } from '../kube-error.ts';
import type { KubeConfig } from './find-config.ts';

/** What one request shows of us, and whom it trusts. */
export interface Presented {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

/** Credentials of a kubeconfig. Tokens and certificates in files are read again within a minute of their change. */
export class Credentials {
  readonly #config: KubeConfig;
  #exec = new ExecAuth();
  #file = new FileAuth();
  #tls: { readonly options: TlsOptions; readonly readAtMs: number } | undefined;

  constructor(config: KubeConfig) {
    refuseOldProviders(config.user);
    this.#config = config;
  }

  async present(): Promise<Presented> {
    const { user } = this.#config;
    const options: RequestOptions = { headers: {} };
    if (user) await this.#authenticate(user, options);
    const { cert, key } = options;
    const tls = { ...(await this.#trust()), ...(cert && { cert }), ...(key && { key }) };
    return { headers: { ...headersOf(options), ...fixedHeaders(user) }, tls };
  }

  /** Forgets what was read: the server did not accept it. */
  renew(): void {
    this.#exec = new ExecAuth();
    this.#file = new FileAuth();
    this.#tls = undefined;
  }

  async #authenticate(user: User, options: RequestOptions): Promise<void> {
    try {
      if (user.exec) await this.#exec.applyAuthentication(withExecInfo(user), options);
      else if (this.#file.isAuthProvider(user)) await this.#file.applyAuthentication(user, options);
    } catch (cause) {
      throw new KubeError('transient', `no credentials for user "${user.name}" of the kubeconfig could be had`, {
        cause,
      });
    }
  }

  async #trust(): Promise<TlsOptions> {
    if (this.#tls && performance.now() - this.#tls.readAtMs < 60_000) return this.#tls.options;
    const { cluster, user } = this.#config;
    const ca = await contentOf(cluster.caFile, cluster.caData);
    const cert = await contentOf(user?.certFile, user?.certData);
    const key = await contentOf(user?.keyFile, user?.keyData);
    const options: TlsOptions = {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
      ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    };
    this.#tls = { options, readAtMs: performance.now() };
    return options;
  }
}

/** The other providers would load the library's whole generated client (90 MB); Kubernetes has moved them all to `exec`. */
function refuseOldProviders(user: User | undefined): void {
  const provider: unknown = user?.authProvider?.name;
  if (typeof provider !== 'string' || provider === 'tokenFile') return;
  const remedy = 'use an exec plugin, a client certificate or a token file';
  throw new KubeError('terminal', `auth-provider "${provider}" of user "${user?.name}" is not supported; ${remedy}`);
}

/** Plugins of the v1 protocol ask for this variable, which the library does not set. */
function withExecInfo(user: User): User {
  const exec = user.exec as { apiVersion?: string; env?: { name: string; value: string }[] };
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const env = [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
  return { ...user, exec: { ...exec, env } };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers = Object.entries(options.headers ?? {});
  // A token file usually ends with a newline, which no header may hold.
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value).trim()]));
}

function fixedHeaders(user: User | undefined): Record<string, string> {
  if (!user) return {};
  const basic = user.username && Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
  return {
    ...(basic && { Authorization: `Basic ${basic}` }),
    ...(user.token && { Authorization: `Bearer ${user.token.trim()}` }),
    ...(user.impersonateUser && { 'Impersonate-User': user.impersonateUser }),
  };
}

async function contentOf(file: string | undefined, base64: string | undefined): Promise<Buffer | undefined> {
  if (base64) return Buffer.from(base64, 'base64');
  if (!file) return undefined;
  return readFile(file).catch((cause: unknown) => {
    throw new KubeError('terminal', `${file}, named in the kubeconfig, cannot be read`, { cause });
  });
}
