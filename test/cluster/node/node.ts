import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../until.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import type { ControlPlane } from '../real/control-plane.ts';
import { nodeName } from '../real/identities.ts';
import { startPart, type RunningPart } from '../real/running-part.ts';
import { approveCertificates } from './approve-certificates.ts';
import type { Namespaces } from './namespaces.ts';
import type { NodeNetwork } from './network.ts';
import { containerdConfig, corefile, kubelet, kubeletConfig, kubeProxy, podNetwork, type NodePlant } from './parts.ts';
import type { NodeTools } from './tools.ts';

/** A machine of a cluster: containerd, kubelet, kube-proxy and CoreDNS in namespaces of their own. */
export interface RealNode {
  readonly name: string;
  readonly network: NodeNetwork;
  /** Starts everything else; resolves when the node takes pods. */
  join(): Promise<void>;
  /** Makes an image, as the file that `npm run images` writes, known to the node. */
  loadImage(archive: string): Promise<void>;
  /** Kills a container at once. */
  killContainer(namespace: string, pod: string, container: string): Promise<void>;
  /** The users that the first processes of a namespace's containers run as, by number. */
  usersOf(namespace: string): Promise<number[]>;
  /** Lets go of the API server. The node's processes end with their namespaces. */
  close(): void;
}

export interface NodeSurroundings {
  /** Folder for what the node keeps. */
  readonly dir: string;
  /** Parent of the control groups of all pods; it exists. */
  readonly controlGroup: string;
  readonly logs: string;
  readonly namespaces: Namespaces;
  readonly network: NodeNetwork;
  readonly tools: NodeTools;
  readonly plane: ControlPlane;
  /** Folders of this machine that every container sees, and may write to, where it sees them. */
  readonly shared: readonly { readonly folder: string; readonly at: string }[];
  /** Of the node's own processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Starts the container runtime; resolves when it takes images. */
export async function startNode(around: NodeSurroundings): Promise<RealNode> {
  const { dir, logs, namespaces, network, tools, plane } = around;
  const plant: NodePlant = {
    name: nodeName,
    dir,
    network,
    authority: join(dir, 'ca.crt'),
    controlGroup: around.controlGroup,
  };
  const env = { ...around.env, ...tools.env };
  const start = (name: string, program: string, args: readonly string[]): RunningPart =>
    startPart(name, namespaces.inside(program, args), { env, logs });
  const ctr = (...words: string[]) => namespaces.run('ctr', ['--namespace', 'k8s.io', ...words]);
  const client = new ApiClient(plane.access);
  let disapprove = () => {};
  const close = () => {
    disapprove();
    client.close();
  };

  await prepare(plant, around);
  const runtime = start('containerd', 'containerd', ['--config', join(dir, 'containerd.toml')]);
  const answering = until(() => ctr('version').then(() => true), {
    withinMs: 30_000,
    saying: 'an answer of containerd',
  });
  await Promise.race([answering, runtime.died]);

  const joinCluster = async () => {
    disapprove = await approveCertificates(client, { node: plant.name, log: around.log });
    const { program } = plane;
    const parts = [
      start('coredns', tools.coredns, ['-conf', join(dir, 'Corefile')]),
      ...[kubelet(plant), kubeProxy(plant)].map(({ name, args }) => start(name, program, [name, ...args])),
    ];
    await Promise.race([untilReady(client, plant.name), ...parts.map(({ died }) => died)]);
  };
  return {
    name: plant.name,
    network,
    join: joinCluster,
    loadImage: async (archive) => void (await ctr('images', 'import', archive)),
    killContainer: async (namespace, pod, container) => {
      const { status } = await client.get<Statuses>(`/api/v1/namespaces/${namespace}/pods/${pod}`);
      const found = status.containerStatuses?.find(({ name }) => name === container);
      if (!found) throw new Error(`pod ${namespace}/${pod} has no container ${container}`);
      await ctr('tasks', 'kill', '--signal', 'SIGKILL', idOf(found));
    },
    usersOf: async (namespace) => {
      const { items } = await client.get<{ items: Statuses[] }>(`/api/v1/namespaces/${namespace}/pods`);
      const ids = items.flatMap(({ status }) => (status.containerStatuses ?? []).map(idOf));
      const tasks = (await ctr('tasks', 'ls')).split('\n').map((line) => line.split(/\s+/));
      const pids = tasks.filter(([id = '']) => ids.includes(id)).map(([, pid = '']) => pid);
      const statuses = await Promise.all(pids.map((pid) => namespaces.run('cat', [`/proc/${pid}/status`])));
      return statuses.map((text) => Number(/^Uid:\s+(\d+)/m.exec(text)?.[1]));
    },
    close,
  };
}

interface Statuses {
  readonly status: { readonly containerStatuses?: readonly ContainerStatus[] };
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
}

/** As containerd knows it; empty for one that was never started. */
function idOf({ containerID = '' }: ContainerStatus): string {
  return containerID.replace('containerd://', '');
}

/** Files, mounts and settings that the parts find when they start. */
async function prepare(plant: NodePlant, around: NodeSurroundings): Promise<void> {
  const { dir, network } = plant;
  const { namespaces, plane, tools } = around;
  await mkdir(join(dir, 'cni'), { recursive: true });
  const write = (name: string, text: string) => writeFile(join(dir, name), text, { mode: 0o600 });
  const outside = plane.outside;
  if (!outside) throw new Error('this control plane is not reached by nodes');
  await write('ca.crt', outside('kubelet').ca ?? '');
  writeKubeconfig(join(dir, 'kubelet.kubeconfig'), outside('kubelet'));
  writeKubeconfig(join(dir, 'kube-proxy.kubeconfig'), outside('proxy'));
  writeKubeconfig(join(dir, 'coredns.kubeconfig'), outside('dns'));
  await write('resolv.conf', `nameserver ${network.node}\n`);
  await write('kubelet.yaml', JSON.stringify(kubeletConfig(plant)));
  await write('Corefile', corefile(plant));
  await write('cni/10-pods.conflist', JSON.stringify(podNetwork(plant)));
  await write('containerd.toml', containerdConfig(plant, tools));
  // Sockets and locks have fixed names in these folders; here each node has its own, in memory.
  for (const folder of ['/run', '/var/log', '/var/lib'])
    await namespaces.run('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  for (const setting of ['net/ipv4/ip_forward', 'net/bridge/bridge-nf-call-iptables'])
    await namespaces.run(tools.busybox, ['sysctl', '-w', `${setting.replaceAll('/', '.')}=1`]);
  await write('base.json', JSON.stringify(await baseSpec(around)));
}

interface Spec {
  readonly mounts: readonly object[];
}

/** What every container starts from: the runtime's own words, and what this cluster adds to all of them. */
async function baseSpec({ namespaces, shared }: NodeSurroundings): Promise<object> {
  const spec = JSON.parse(await namespaces.run('ctr', ['oci', 'spec'])) as Spec;
  const mounts = shared.map(({ folder, at }) => ({
    destination: at,
    type: 'bind',
    source: folder,
    options: ['rbind', 'rw'],
  }));
  return { ...spec, mounts: [...spec.mounts, ...mounts] };
}

async function untilReady(client: ApiClient, name: string): Promise<void> {
  const isReady = async () => {
    const { status } = await client.get<{ status: { conditions?: { type: string; status: string }[] } }>(
      `/api/v1/nodes/${name}`,
    );
    return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  };
  await until(isReady, { withinMs: 120_000, saying: `readiness of node ${name}`, everyMs: 200 });
}
