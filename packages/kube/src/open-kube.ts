import type { Kube } from './kube.ts';
import { Connection } from './rest/connection.ts';
import { findConfig } from './rest/find-config.ts';
import { RestKube } from './rest/rest-kube.ts';

export interface OpenKubeOptions {
  /** Path of a kubeconfig; else the pod's ServiceAccount, else `KUBECONFIG`, else `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Limit of one try of one call; default 15 s. */
  readonly timeoutMs?: number;
  /** Told after each request: the HTTP status, or `error` when there was no answer. */
  readonly onRequest?: (code: string) => void;
  /** Who calls, as the API server's audit log shall show it: the service and which of its replicas. Default `holdfast`. */
  readonly userAgent?: string;
  /** Where `KUBERNETES_SERVICE_HOST`, `KUBECONFIG` and `HOME` are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Opens the API of the cluster that the configuration names. Sends nothing yet; an unusable configuration is a terminal error. */
export async function openKube(options: OpenKubeOptions = {}): Promise<Kube> {
  // The names belong to Kubernetes itself and mean the same for every program, so callers need not hand them on.
  const config = await findConfig(options.kubeconfig, options.env ?? process.env);
  return new RestKube(new Connection(config, options), { timeoutMs: options.timeoutMs ?? 15_000 });
}
