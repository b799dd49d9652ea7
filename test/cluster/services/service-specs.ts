import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterClock } from '../clock/clock.ts';
import { agentImageName } from '../images/agent-image.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { storeDefaults, type Stores } from '../store/store-secrets.ts';
import type { ServiceSpec } from './launcher.ts';

/** Where the services of one cluster find their surroundings. */
export interface ServiceSurroundings {
  readonly dir: string;
  /** Folder of the bundles. */
  readonly bundles: string;
  /** The API server as the services shall see it. */
  readonly api: { readonly url: string };
  /** Who each service is to an API server that asks; undefined for one that does not. */
  readonly tokens: Readonly<Record<ServiceName, string>> | undefined;
  readonly redisUrl: string;
  readonly clock: ClusterClock;
  readonly stores: Stores;
  readonly env: Readonly<Record<string, string>>;
  /** Default one of each. */
  readonly replicas?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Overrules everything else; people's own settings. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Namespace of the product's own objects. */
export const serviceNamespace = 'holdfast';

export const serviceNames = ['watcher', 'worker', 'retention'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How to run each service whose bundle exists, configured as the chart would do it. */
export function serviceSpecs(around: ServiceSurroundings): ServiceSpec[] {
  if (around.tokens) writeServiceTokens(around.dir, around.tokens);
  for (const name of serviceNames) {
    const tokenFile = around.tokens && tokenFileOf(around.dir, name);
    writeKubeconfig(kubeconfigOf(around, name), { url: around.api.url, ...(tokenFile && { tokenFile }) });
  }
  return serviceNames
    .map((name) => ({ name, entry: join(around.bundles, `${name}.mjs`) }))
    .filter(({ entry }) => existsSync(entry))
    .flatMap(({ name, entry }) =>
      Array.from({ length: around.replicas?.[name] ?? 1 }, (_, index) => ({
        name: index === 0 ? name : `${name}-${index}`,
        entry,
        env: environment(`${name}-${index}`, kubeconfigOf(around, name), around),
      })),
    );
}

/** Gives each service its token in a file, as a pod has it; a newer one takes the place of the older in one step. */
export function writeServiceTokens(dir: string, tokens: Readonly<Record<ServiceName, string>>): void {
  for (const name of serviceNames) {
    const file = tokenFileOf(dir, name);
    writeFileSync(`${file}.new`, `${tokens[name]}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

function tokenFileOf(dir: string, name: ServiceName): string {
  return join(dir, `token.${name}`);
}

function kubeconfigOf({ dir }: ServiceSurroundings, name: ServiceName): string {
  return join(dir, `kubeconfig.${name}`);
}

function environment(identity: string, kubeconfig: string, around: ServiceSurroundings): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOLDFAST_KUBECONFIG: kubeconfig,
    HOLDFAST_REDIS_URL: around.redisUrl,
    HOLDFAST_CLOCK_FILE: around.clock.file,
    HOLDFAST_HTTP_HOST: '127.0.0.1',
    HOLDFAST_HTTP_PORT: '0',
    HOLDFAST_AGENT_IMAGE: agentImageName,
    HOLDFAST_STORE_DEFAULTS: JSON.stringify(storeDefaults(around.stores)),
    HOLDFAST_ALLOWED_ENDPOINTS: Object.values(around.stores)
      .map(({ endpoint }) => endpoint)
      .join(),
    HOLDFAST_NAMESPACE: serviceNamespace,
    HOLDFAST_IDENTITY: identity,
    ...around.env,
    ...around.extra,
  };
}
