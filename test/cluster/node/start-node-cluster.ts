import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assembled, type Site } from '../assembled.ts';
import { openClusterClock } from '../clock/clock.ts';
import { installDefinitions, makeNamespace, makeStorageClasses, provisionerName } from '../furnish.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient, type ApiAccess } from '../kubelet/api-client.ts';
import { startFaultProxy, type FaultProxy } from '../proxy/fault-proxy.ts';
import { startTcpProxy } from '../proxy/tcp-proxy.ts';
import { startControlPlane } from '../real/control-plane.ts';
import { startProvisioner, type VolumeFolders } from '../real/provisioner.ts';
import { serviceNamespace } from '../services/service-specs.ts';
import { startStandIns, type StandIns } from '../stand-ins.ts';
import { startGuard } from '../start-guard.ts';
import { startAzure } from '../store/start-azure.ts';
import { startStore } from '../store/start-store.ts';
import { giveStoreSecrets, type Stores } from '../store/store-secrets.ts';
import { controlGroupOf, makeControlGroup, removeControlGroup } from './control-groups.ts';
import { installChart, redisImage, uninstallChart } from './install-chart.ts';
import { openNamespaces } from './namespaces.ts';
import { linkNetwork } from './network.ts';
import { neo4jTestImage } from './neo4j-image.ts';
import { startNode, type RealNode } from './node.ts';
import { TestImages, imageOfFolder, type TestImage } from './images.ts';
import type { ImageFolder } from '../images/image-table.ts';
import { productImages } from './product-images.ts';
import { nodeTools } from './tools.ts';

export interface NodeClusterOptions {
  readonly kind: 'node';
  /** Folder for everything the cluster keeps. Left out: a new one below the system's temporary folder, removed at `stop`. */
  readonly dir?: string;
  /** Install the chart, with images of the sources as they are. Default true. */
  readonly services?: boolean;
  /** Start the stand-in Neo4j operator. Default true. */
  readonly neo4j?: boolean;
  /** Say nothing on stderr. */
  readonly quiet?: boolean;
  /** Images of Neo4j that the node has; there is nobody to pull from. Default one. */
  readonly neo4jImages?: readonly string[];
  /** Further images, from folders. */
  readonly images?: Readonly<Record<string, ImageFolder>>;
  /** Values for the chart, over those that the cluster gives it: `path=JSON`. */
  readonly values?: readonly string[];
}

/** A dev cluster whose one node runs containers, with the product installed by its chart. */
export interface NodeCluster {
  readonly kind: 'node';
  readonly dir: string;
  readonly kubeconfig: string;
  readonly access: ApiAccess;
  readonly client: ApiClient;
  /** A proxy before the API server, for tests. */
  readonly api: FaultProxy;
  readonly node: RealNode;
  readonly stores: Stores;
  readonly neo4j: StandIns | undefined;
  readonly logs: string;
  giveStoreSecret(namespace: string): Promise<void>;
  /** Uninstalls the chart as people do. */
  uninstall(): Promise<void>;
  stop(): Promise<void>;
}

/** The image of the example targets. */
const defaultNeo4jImages = ['neo4j:5.26-enterprise'];

/** Where containers see the folder in which the stand-ins keep their databases. */
const stateInPods = '/holdfast-dev/neo4j';

/** Starts a cluster of kind `node`; when a part does not start, what had started is stopped again. */
export function startNodeCluster(options: NodeClusterOptions): Promise<NodeCluster> {
  return assembled(options.dir, (site) => assemble(options, site));
}

async function assemble(options: NodeClusterOptions, { dir, temporary, stops, stop }: Site): Promise<NodeCluster> {
  const say = options.quiet ? () => {} : (line: string) => void process.stderr.write(`cluster: ${line}\n`);
  if (/^\/(run|var\/lib|var\/log)(\/|$)/.test(dir))
    throw new Error(`${dir} is where a node has folders of its own; name another with --dir`);
  const controlGroup = controlGroupOf(dir);
  const at = (name: string) => join(dir, name);
  if (!temporary) removeTraces(dir); // of a cluster that was killed here
  for (const folder of ['logs', 'neo4j', 'volumes', 'node', 'control-plane'])
    mkdirSync(at(folder), { recursive: true });
  const logs = at('logs');
  stops.push(() => (temporary ? rmSync(dir, { recursive: true, force: true }) : removeTraces(dir)));
  stops.push(startGuard(dir, { controlGroup, ...(temporary && { folder: dir }) }));
  const clock = openClusterClock(at('clock.json')); // which nobody moves: containers tell the machine's time
  const env = { HOLDFAST_DEV_CLUSTER: dir };

  const made = options.services === false ? undefined : productImages(say); // beside everything that starts
  made?.catch(() => {}); // whoever waits for it is told
  const tools = await nodeTools(at('node/links'), say);
  makeControlGroup(controlGroup);
  stops.push(() => removeControlGroup(controlGroup));
  const namespaces = await openNamespaces([tools.tini, '--', tools.busybox, 'sleep', '2147483647'], {
    ...env,
    ...tools.env,
  });
  stops.push(() => namespaces.close());
  const network = await linkNetwork(namespaces);
  const plane = await startControlPlane({ dir: at('control-plane'), logs, env, reachedAt: network.host });
  stops.push(() => plane.stop());
  const { access } = plane;
  const client = new ApiClient(access);
  stops.push(() => client.close());
  const kubeconfig = at('kubeconfig');
  writeKubeconfig(kubeconfig, access);
  const api = await startFaultProxy(access);
  stops.push(() => api.close());

  const s3 = await startStore({ dir: at('store'), clock, env });
  stops.push(() => s3.stop());
  const azure = await startAzure({ dir: at('azure'), clock, env });
  stops.push(() => azure.stop());
  const stores = { s3: await shown(s3, network.host, stops), azure: await shown(azure, network.host, stops) };

  const node = await startNode({
    dir: at('node'),
    controlGroup,
    logs,
    namespaces,
    network,
    tools,
    plane,
    shared: [{ folder: at('neo4j'), at: stateInPods }],
    env,
    log: say,
  });
  stops.push(() => node.close());
  say('the container runtime answers; loading images and starting the kubelet');
  const images = new TestImages(tools);
  const pods = loadTestImages(options, { dir: at('node'), node, images, say });
  await Promise.all([
    pods.then(() => node.join()),
    pods.then(async () => made && node.loadImage(await made)),
    installDefinitions(client, options.services === false ? ['product', 'stand-ins'] : ['stand-ins']),
    makeStorageClasses(client),
    makeNamespace(client, serviceNamespace),
  ]);
  const endProvisioner = await startProvisioner(client, {
    provisioner: provisionerName,
    folders: volumeFolders(at('volumes')),
    log: say,
  });
  stops.push(endProvisioner);
  const neo4j =
    options.neo4j === false
      ? undefined
      : await startStandIns({ kubeconfig, stateDir: at('neo4j'), stateDirInPods: stateInPods, clock });
  if (neo4j) stops.push(() => neo4j.stop());
  if (options.services !== false) await installChart({ kubeconfig, stores, values: options.values ?? [], say });
  const giveStoreSecret = (namespace: string) => giveStoreSecrets(client, namespace, stores);
  return {
    kind: 'node',
    dir,
    kubeconfig,
    access,
    client,
    api,
    node,
    stores,
    neo4j,
    logs,
    giveStoreSecret,
    uninstall: () => uninstallChart(kubeconfig),
    stop,
  };
}

/** The image that every pod starts with, and those of what the pods of tests stand for. */
async function loadTestImages(
  { neo4jImages = defaultNeo4jImages, neo4j, services, images: folders = {} }: NodeClusterOptions,
  around: { dir: string; node: RealNode; images: TestImages; say: (line: string) => void },
): Promise<void> {
  const { dir, node, images: archives, say } = around;
  const wanted: (TestImage | undefined)[] = [];
  if (neo4j !== false) for (const name of neo4jImages) wanted.push(await neo4jTestImage(name, standInCache));
  for (const [name, folder] of Object.entries(folders)) wanted.push(await imageOfFolder(name, folder));
  if (services !== false) wanted.push(await redisImage(say));
  const file = join(dir, 'images.tar');
  await writeFile(file, await archives.archive(wanted.filter((image) => image !== undefined)));
  await node.loadImage(file);
  await rm(file);
}

const standInCache = fileURLToPath(new URL('../../../node_modules/.cache/holdfast/neo4j', import.meta.url));

/** A folder that a person named keeps the logs; everything else was the cluster's own. */
function removeTraces(dir: string): void {
  for (const name of ['clock.json', 'neo4j', 'volumes', 'node', 'control-plane', 'store', 'azure', 'kubeconfig'])
    rmSync(join(dir, name), { recursive: true, force: true });
}

/** A store of this machine at an address that pods reach too, under the same port. */
async function shown<T extends { readonly endpoint: string }>(
  store: T,
  host: string,
  stops: Site['stops'],
): Promise<T> {
  const url = new URL(store.endpoint);
  const door = await startTcpProxy({ port: Number(url.port) }, { host, port: Number(url.port) });
  stops.push(() => door.close());
  url.hostname = host;
  return { ...store, endpoint: url.href.replace(/\/$/, '') };
}

function volumeFolders(root: string): VolumeFolders {
  return {
    pathOf: (volume: string) => join(root, volume),
    make: (path: string) => {
      mkdirSync(path, { recursive: true });
      chmodSync(path, 0o777); // like a file server's: whoever the pod runs as
    },
    remove: (path: string) => rmSync(path, { recursive: true, force: true }),
  };
}
