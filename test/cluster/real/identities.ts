import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Who is known to the API server by a token of its own, made anew for each cluster. */
export interface Identities {
  /** For people, tests and the stand-ins. */
  readonly admin: string;
  readonly controllers: string;
  readonly scheduler: string;
}

/** Makes the tokens and writes the file that the API server knows them by. */
export function makeIdentities(file: string): Identities {
  const identities = { admin: token(), controllers: token(), scheduler: token() };
  const users = {
    admin: 'holdfast-dev:admin',
    controllers: 'system:kube-controller-manager',
    scheduler: 'system:kube-scheduler',
  };
  const lines = Object.entries(users).map(([who, user]) => {
    return `${identities[who as keyof Identities]},${user},${who},system:masters`;
  });
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return identities;
}

function token(): string {
  return randomBytes(24).toString('hex');
}
