import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assembled, type Site } from './assembled.ts';
import { startApiPlane } from './api-plane.ts';
import type { ProcessKind } from './kinds.ts';
import { openClusterClock, type ClusterClock } from './clock/clock.ts';
import { makeNamespace, makeStorageClasses } from './furnish.ts';
import { agentImage } from './images/agent-image.ts';
import { imageTable, type ResolveImage } from './images/image-table.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { ApiClient, type ApiAccess } from './kubelet/api-client.ts';
import { startKubelet, type Kubelet } from './kubelet/kubelet.ts';
import { startFaultProxy, type FaultProxy } from './proxy/fault-proxy.ts';
import { startTcpProxy, type TcpProxy } from './proxy/tcp-proxy.ts';
import type { ControlPlaneParts } from './real/control-plane.ts';
import { startRedis, type RedisServer } from './redis/start-redis.ts';
import { makeServiceAccounts, serviceTokens } from './services/accounts.ts';
import { currentBundles } from './services/bundles.ts';
import { launchServices, type Services } from './services/launcher.ts';
import { serviceNames, serviceNamespace, serviceSpecs, type ServiceName } from './services/service-specs.ts';
import { startStandIns, type StandIns } from './stand-ins.ts';
import { startGuard } from './start-guard.ts';
import { startAzure, type AzureStore } from './store/start-azure.ts';
import { startGcs, type GcsStore } from './store/start-gcs.ts';
import type { S3Server } from './store/s3-server.ts';
import { startMinioStore, type MinioStore } from './store/start-minio-store.ts';
import { startStore, type S3Store, type StoreOptions } from './store/start-store.ts';
import { giveStoreSecrets } from './store/store-secrets.ts';

export interface ClusterOptions {
  readonly kind: ProcessKind;
  /** Folder for everything the cluster keeps. Left out: a new one below the system's temporary folder, removed at `stop`. */
  readonly dir?: string;
  /** Start watcher, worker and retention. Default true. */
  readonly services?: boolean;
  /** Lay out the agent's image. Default: as `services`. */
  readonly agent?: boolean;
  /** Start the stand-in Neo4j operator. Default true. */
  readonly neo4j?: boolean;
  /** Server behind the S3 store: fauxqs, or MinIO, a real one, which is built when it never was. Default `fauxqs`. */
  readonly s3?: 'fauxqs' | 'minio';
  /** Start a stand-in for Google Cloud Storage, too, which is built when it never was. Default false. */
  readonly gcs?: boolean;
  /** Say nothing on stderr. */
  readonly quiet?: boolean;
  /** Images besides the agent's and Neo4j's. */
  readonly images?: ResolveImage;
  /** Processes of a service, the further ones under names such as `worker-1`. Default one of each. */
  readonly replicas?: Readonly<Partial<Record<ServiceName, number>>>;
  /** The services work in this namespace alone, and may not look outside it; a word stands for the cluster's id. */
  readonly onlyNamespace?: string;
  /** How long the services' tokens last, where the API server asks for any; 600 at least. Default: longer than any story. */
  readonly tokenSeconds?: number;
  /** Environment for the services, over what the cluster gives them. */
  readonly serviceEnv?: Readonly<Record<string, string>>;
}

/** A running dev cluster. */
export interface DevCluster {
  readonly kind: ProcessKind;
  readonly dir: string;
  /** For kubectl and tests: straight to the API server. */
  readonly kubeconfig: string;
  readonly apiUrl: string;
  /** The same with who we are to it: an administrator. */
  readonly access: ApiAccess;
  /** A small client for tests, straight to the API server. */
  readonly client: ApiClient;
  /** The API server as the services see it. */
  readonly api: FaultProxy;
  /** What can be done to the parts of a real control plane; undefined on the embedded kind. */
  readonly parts: ControlPlaneParts | undefined;
  readonly kubelet: Kubelet;
  /** Redis as the services see it. */
  readonly redisUrl: string;
  readonly redis: RedisServer;
  readonly redisLink: TcpProxy;
  readonly stores: {
    readonly s3: S3Store;
    readonly azure: AzureStore;
    /** Undefined unless it was asked for: it has to be built. */
    readonly gcs?: GcsStore;
    /** Undefined unless it is the server behind `s3`. */
    readonly minio?: S3Server;
  };
  readonly clock: ClusterClock;
  readonly services: Services;
  /** Tokens of the services' accounts; undefined where the API server asks nobody. */
  readonly serviceTokens: Readonly<Record<ServiceName, string>> | undefined;
  /** The stand-in Neo4j; undefined when it was left out. */
  readonly neo4j: StandIns | undefined;
  readonly logs: string;
  /** Puts the stores' Secrets into a namespace, where the installation's defaults look for it. */
  giveStoreSecret(namespace: string): Promise<void>;
  /** Ends every process and removes what was made; the folder too when it was a temporary one. */
  stop(): Promise<void>;
}

const startedDirs = ['control-plane', 'pods', 'volumes', 'store', 'azure', 'gcs', 'images', 'neo4j'];

/** Starts a cluster whose pods are processes; when a part does not start, what had started is stopped again. */
export function startCluster(options: ClusterOptions): Promise<DevCluster> {
  return assembled(options.dir, (site) => assemble(options, site));
}

async function assemble(options: ClusterOptions, { dir, temporary, stops, stop }: Site): Promise<DevCluster> {
  const say = options.quiet ? () => {} : (line: string) => void process.stderr.write(`cluster: ${line}\n`);
  const logs = join(dir, 'logs');
  if (!temporary) removeTraces(dir, false); // of a cluster that was killed here
  mkdirSync(logs, { recursive: true });
  stops.push(() => Promise.resolve(removeTraces(dir, temporary)));
  const env = { HOLDFAST_DEV_CLUSTER: dir };
  stops.push(startGuard(dir, temporary ? { folder: dir } : {}));

  const clock = openClusterClock(join(dir, 'clock.json'));
  const starting = [
    startApiPlane(options.kind, { dir: join(dir, 'control-plane'), logs, clock, env, say }).then(
      undoneBy(stops, (made) => made.stop()),
    ),
    startRedis({ dir: logs, env, say }).then(undoneBy(stops, (made) => made.stop())),
    startS3(options, { dir: join(dir, 'store'), clock, env }).then(undoneBy(stops, (made) => made.stop())),
    startAzure({ dir: join(dir, 'azure'), clock, env }).then(undoneBy(stops, (made) => made.stop())),
    options.gcs
      ? startGcs({ dir: join(dir, 'gcs'), clock, env }).then(undoneBy(stops, (made) => made.stop()))
      : Promise.resolve(undefined),
    options.services !== false || options.agent ? currentBundles() : Promise.resolve(undefined),
  ] as const;
  await Promise.allSettled(starting); // when one fails, the others are known to `stops` before the error goes on
  const [plane, redis, s3, azure, gcs, bundles] = await Promise.all(starting);
  const { access } = plane;
  const emulator = gcs && { HOLDFAST_GOOGLE_EMULATOR: gcs.endpoint };
  const stores = { s3, azure, ...(gcs && { gcs }) };
  const api = await startFaultProxy(access);
  stops.push(() => api.close());
  const redisLink = await startTcpProxy({ port: redis.port });
  stops.push(() => redisLink.close());
  const client = new ApiClient(access);
  stops.push(() => Promise.resolve(client.close()));
  const kubeconfig = join(dir, 'kubeconfig');
  writeKubeconfig(kubeconfig, access);

  const standIns = options.neo4j !== false;
  const images = imageTable(
    options.images ?? (() => undefined),
    ...(bundles ? [agentImage({ dir: join(dir, 'images'), bundles })] : []),
    ...(standIns ? [await neo4jImages()] : []),
  );
  const kubelet = await startKubelet({
    api: access,
    ...(plane.kubeletTls && { tls: plane.kubeletTls }),
    bindPods: !plane.schedules,
    dir,
    resolveImage: images,
    now: () => clock.now(),
    environment: { HOLDFAST_CLOCK_FILE: clock.file, ...emulator, ...env },
    log: say,
  });
  stops.push(() => kubelet.close());
  await Promise.all([makeStorageClasses(client), makeNamespace(client, serviceNamespace)]);
  const neo4j = standIns ? await startStandIns({ kubeconfig, stateDir: join(dir, 'neo4j'), clock }) : undefined;
  if (neo4j) stops.push(() => neo4j.stop());

  const redisUrl = `redis://127.0.0.1:${redisLink.port}`;
  if (plane.authorizes) await makeServiceAccounts(client, options.onlyNamespace);
  const tokens = plane.authorizes ? await serviceTokens(client, options.tokenSeconds) : undefined;
  const around = { dir, api, redisUrl, clock, stores, env, tokens };
  const narrow = options.onlyNamespace && {
    HOLDFAST_WATCH_NAMESPACE: options.onlyNamespace,
    HOLDFAST_CLUSTER_ID: 'dev',
  };
  const extra = { ...emulator, ...narrow, ...options.serviceEnv };
  const specs =
    bundles && options.services !== false
      ? serviceSpecs({ ...around, bundles, extra, replicas: options.replicas ?? {} })
      : [];
  const services = launchServices(specs, { logDir: logs });
  stops.push(() => services.close());
  const giveStoreSecret = (namespace: string) => giveStoreSecrets(client, namespace, stores);
  return {
    kind: options.kind,
    dir,
    kubeconfig,
    apiUrl: access.url,
    access,
    client,
    api,
    parts: plane.parts,
    kubelet,
    redisUrl,
    redis,
    redisLink,
    stores: { ...stores, ...('server' in s3 && { minio: s3.server }) },
    clock,
    services,
    serviceTokens: tokens,
    neo4j,
    logs,
    giveStoreSecret,
    stop,
  };
}

function startS3(options: ClusterOptions, store: StoreOptions): Promise<S3Store | MinioStore> {
  // Building takes minutes: whoever waits wants to know for what, also in tests.
  const say = (line: string) => void process.stderr.write(`cluster: ${line}\n`);
  return options.s3 === 'minio' ? startMinioStore({ ...store, say }) : startStore(store);
}

/** Remembers how to undo what has just started, and hands it on. */
function undoneBy<T>(stops: Site['stops'], undo: (made: T) => Promise<unknown>): (made: T) => T {
  return (made) => {
    stops.push(() => undo(made));
    return made;
  };
}

/** A folder that a person named keeps the logs; everything else was the cluster's own. */
function removeTraces(dir: string, temporary: boolean): void {
  if (temporary) return rmSync(dir, { recursive: true, force: true });
  for (const name of [
    ...startedDirs,
    'clock.json',
    'hosts.json',
    'kubeconfig',
    ...serviceNames.flatMap((name) => [`kubeconfig.${name}`, `token.${name}`]),
  ]) {
    rmSync(join(dir, name), { recursive: true, force: true });
  }
}

async function neo4jImages(): Promise<ResolveImage> {
  const { neo4jImage } = await import('../neo4j/images.ts');
  const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/holdfast/neo4j', import.meta.url));
  if (!existsSync(cacheDir)) mkdirSync(cacheDir, { recursive: true });
  return (name) => neo4jImage(name, { cacheDir });
}
