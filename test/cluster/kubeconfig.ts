import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ApiAccess } from './kubelet/api-client.ts';

/** Writes a kubeconfig with one context, readable by its owner only. A token may stand in a file of its own, where it can be renewed. */
export function writeKubeconfig(file: string, access: (ApiAccess & { readonly tokenFile?: string }) | string): void {
  const { url: server, token, tokenFile, ca, serverName } = typeof access === 'string' ? { url: access } : access;
  const name = 'holdfast-dev';
  const authority = {
    ...(ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, ...authority } }],
    users: [{ name, user: tokenFile ? { tokenFile } : token ? { token } : {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}
