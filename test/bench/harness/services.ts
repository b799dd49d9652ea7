import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentBundles } from '../../cluster/services/bundles.ts';
import { startProgram, type Program } from './processes.ts';

export const serviceNames = ['watcher', 'worker', 'retention'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where a service finds its surroundings. */
export interface Surroundings {
  readonly kubeconfig: string;
  readonly redisUrl: string;
  /** Over what every service is told. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Starts a service as an image would: its bundle, compiled at the first start. */
export async function startService(name: ServiceName, around: Surroundings): Promise<Program> {
  const bundles = await currentBundles();
  const env = { NODE_COMPILE_CACHE: join(bundles, 'compiled'), ...serviceEnv(around) };
  return startProgram(join(bundles, `${name}.mjs`), { env });
}

/** A service is of use once it says that it is ready. */
export async function saidReady(program: Program): Promise<void> {
  for (;;) {
    const { msg, port } = await program.heard<{ msg?: string; port?: number }>();
    if (msg !== 'listening' || port === undefined) continue;
    while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await sleep(50);
    return;
  }
}

export function serviceEnv({ kubeconfig, redisUrl, extra }: Surroundings): Record<string, string> {
  return {
    HOLDFAST_KUBECONFIG: kubeconfig,
    HOLDFAST_REDIS_URL: redisUrl,
    HOLDFAST_HTTP_HOST: '127.0.0.1',
    HOLDFAST_HTTP_PORT: '0',
    HOLDFAST_AGENT_IMAGE: 'holdfast-agent:1',
    ...extra,
  };
}
