import { join } from 'node:path';
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
