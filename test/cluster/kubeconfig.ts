import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';

/** Writes a kubeconfig with one context for `server`, readable by its owner only. */
export function writeKubeconfig(file: string, server: string, token?: string): void {
  const name = 'holdfast-dev';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: token ? { token } : {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}
