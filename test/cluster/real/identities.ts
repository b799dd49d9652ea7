import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Who is known to the API server by a token of its own, made anew for each cluster. */
export interface Identities {
  /** For people, tests and the stand-ins. */
  readonly admin: string;
  readonly controllers: string;
  readonly scheduler: string;
  /** Of the one real node, where there is one. */
  readonly kubelet: string;
  readonly proxy: string;
  readonly dns: string;
}

/** Name of the one real node. */
export const nodeName = 'node-1';

/** Makes the tokens and writes the file that the API server knows them by. */
export function makeIdentities(file: string): Identities {
  const users: Record<keyof Identities, [name: string, group: string]> = {
    admin: ['holdfast-dev:admin', 'system:masters'],
    controllers: ['system:kube-controller-manager', 'system:masters'],
    scheduler: ['system:kube-scheduler', 'system:masters'],
    kubelet: [`system:node:${nodeName}`, 'system:nodes'],
    proxy: ['system:kube-proxy', 'system:node-proxiers'],
    dns: ['holdfast-dev:dns', 'system:masters'],
  };
  const tokens = Object.keys(users).map((who) => [who, token()] as const);
  const identities = Object.fromEntries(tokens) as unknown as Identities;
  const lines = Object.entries(users).map(([who, [user, group]]) => {
    return `${identities[who as keyof Identities]},${user},${who},${group}`;
  });
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return identities;
}

function token(): string {
  return randomBytes(24).toString('hex');
}
