import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient, ApiError, type ApiAccess } from '../kubelet/api-client.ts';
import { freePort } from '../proxy/free-port.ts';
import { startTcpProxy } from '../proxy/tcp-proxy.ts';
import { makeIdentities, type Identities } from './identities.ts';
import { howToBuild, kubernetes } from './kubernetes.ts';
import { compactHistory } from './compact.ts';
import { fileOf, parts, type Part, type PartName, type Plant } from './parts.ts';
import { startPart, type RunningPart } from './running-part.ts';

/** What can be done to the parts of a control plane. */
export interface ControlPlaneParts {
  /** Ends a part with SIGKILL, as a machine that fails does it. What it has written stays. */
  kill(part: PartName): Promise<void>;
  /** Starts a part that was killed, with the same data at the same address; resolves when the API server is ready. */
  start(part: PartName): Promise<void>;
  /** etcd forgets all history before now, as it does by itself after five minutes: versions from before are too old to go on from. */
  compact(): Promise<void>;
}

/** A real control plane that nobody else uses. */
export interface ControlPlane extends ControlPlaneParts {
  /** The API server as an administrator reaches it. */
  readonly access: ApiAccess;
  /** Kubelets show the API server this certificate, and believe only who comes with one of the same authority. */
  readonly kubeletTls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** The program that is every part of Kubernetes. */
  readonly program: string;
  /** How parts outside reach it from the network that was named; undefined when none was. */
  readonly outside: ((who: keyof Identities) => ApiAccess) | undefined;
  stop(): Promise<void>;
}

/** Starts etcd, API server, controllers and scheduler on loopback; resolves when the API server is ready. */
export async function startControlPlane(given: {
  /** Folder for what they keep. */
  readonly dir: string;
  /** Folder for their logs. */
  readonly logs: string;
  readonly env: Readonly<Record<string, string>>;
  /** Built-in kinds, by plural, that the API server does not keep in memory: their watches feel at once what etcd has forgotten. */
  readonly uncached?: readonly string[];
  /** Flags of the controller manager, over those that suit a dev cluster. */
  readonly controllers?: Readonly<Record<string, string>>;
  /**
   * Makes what the controllers shall find when they first look round. The garbage collector learns only every thirty seconds of kinds that came
   * later, and until then nothing goes along with its owner of such a kind.
   */
  readonly furnish?: (client: ApiClient) => Promise<void>;
  /** An address of ours where real nodes reach the API server besides. Default: nobody but this machine does. */
  readonly reachedAt?: string;
}): Promise<ControlPlane> {
  const program = builtModule(kubernetes);
  if (!program) throw new Error(`Kubernetes ${kubernetes.version} is not built yet; build it once with: ${howToBuild}`);
  mkdirSync(given.dir, { recursive: true, mode: 0o700 });
  const [etcdPort, etcdPeers, api] = [await freePort(), await freePort(), await freePort()];
  const { reachedAt } = given;
  const plant: Plant = {
    dir: given.dir,
    ports: { etcd: etcdPort, etcdPeers, api },
    uncached: given.uncached ?? [],
    controllers: given.controllers ?? {},
    ...(reachedAt !== undefined && { advertised: reachedAt }),
  };
  const environment = { PATH: process.env['PATH'] ?? '', HOME: given.dir, ...given.env };
  // By the machine's own time, as whoever checks them from here does it.
  await promisify(execFile)(program, ['certificates', plant.dir], { env: { PATH: environment.PATH } });
  const identities = makeIdentities(fileOf(plant, 'tokens.csv'));
  const url = `https://127.0.0.1:${api}`;
  const ca = readFileSync(fileOf(plant, 'ca.crt'), 'utf8');
  for (const who of ['controllers', 'scheduler'] as const)
    writeKubeconfig(fileOf(plant, `${who}.kubeconfig`), { url, ca, token: identities[who] });
  const access: ApiAccess = { url, ca, token: identities.admin };

  const running = new Map<PartName, RunningPart>();
  const launch = ({ name, args }: Part) =>
    void running.set(name, startPart(name, [program, [name, ...args]], { env: environment, logs: given.logs }));
  const ready = () => Promise.race([untilReady(access), ...[...running.values()].map(({ died }) => died)]);
  // Under the same port, because that is the one that the API server tells its pods.
  const door = reachedAt === undefined ? undefined : await startTcpProxy({ port: api }, { host: reachedAt, port: api });
  const stop = async () => {
    await door?.close();
    // With etcd gone a polite end of the API server would hang; and nobody wants the data.
    for (const each of [...running.values()].toReversed()) await each.stop();
  };
  try {
    launch(parts.etcd(plant));
    launch(parts['kube-apiserver'](plant));
    await ready();
    await furnished(access, given.furnish);
    launch(parts['kube-controller-manager'](plant));
    launch(parts['kube-scheduler'](plant));
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeletTls = {
    cert: readFileSync(fileOf(plant, 'kubelet.crt'), 'utf8'),
    key: readFileSync(fileOf(plant, 'kubelet.key'), 'utf8'),
    ca,
  };
  const outside = (who: keyof Identities): ApiAccess => ({
    url: `https://${reachedAt}:${api}`,
    ca,
    token: identities[who],
    serverName: 'kubernetes', // its certificate knows no address but loopback's
  });
  return {
    access,
    kubeletTls,
    program,
    outside: reachedAt === undefined ? undefined : outside,
    kill: async (name) => {
      await running.get(name)?.stop();
      running.delete(name);
    },
    start: async (name) => {
      if (running.has(name)) throw new Error(`${name} runs already`);
      launch(parts[name](plant));
      await ready();
    },
    compact: () => compactHistory(plant, access),
    stop,
  };
}

async function furnished(
  access: ApiAccess,
  furnish: ((client: ApiClient) => Promise<void>) | undefined,
): Promise<void> {
  if (!furnish) return;
  const client = new ApiClient(access);
  try {
    await furnish(client);
  } finally {
    client.close();
  }
}

async function untilReady(access: ApiAccess): Promise<void> {
  const client = new ApiClient(access);
  try {
    await until(() => client.text('/readyz').then((text) => text === 'ok', notYet), {
      withinMs: 120_000,
      saying: 'readiness of the API server',
    });
  } finally {
    client.close();
  }
}

/** Nobody listens, or it says which parts are not ready. */
function notYet(error: unknown): boolean {
  if (error instanceof ApiError && error.status < 500) throw error;
  return false;
}
