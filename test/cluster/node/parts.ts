import { join } from 'node:path';
import type { Part } from '../real/parts.ts';
import type { NodeNetwork } from './network.ts';

/** Where everything of one node stands. */
export interface NodePlant {
  readonly name: string;
  /** Folder for what the node keeps. */
  readonly dir: string;
  readonly network: NodeNetwork;
  /** PEM file of the cluster's authority. */
  readonly authority: string;
  /** Parent of the control groups of all pods. */
  readonly controlGroup: string;
}

export const clusterDomain = 'cluster.local';
const containerd = 'unix:///run/containerd/containerd.sock';
const criPlugin = 'io.containerd.grpc.v1.cri';

/** The image of the container that holds a pod's namespaces. */
export const pauseImage = { name: 'holdfast/pause', version: '1' };

/** `config.toml` of containerd 1.6. JSON's strings are TOML's. */
export function containerdConfig(
  { dir }: NodePlant,
  tools: { readonly cniPlugins: string; readonly runc: string },
): string {
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(dir, 'containerd'))}
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins.${text(criPlugin)}]
  sandbox_image = ${text(`docker.io/${pauseImage.name}:${pauseImage.version}`)}
  # Without CAP_SYS_RESOURCE nobody may make himself less likely to be killed.
  restrict_oom_score_adj = true
  [plugins.${text(criPlugin)}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    base_runtime_spec = ${text(join(dir, 'base.json'))}
    [plugins.${text(criPlugin)}.containerd.runtimes.runc.options]
      BinaryName = ${text(tools.runc)}
  [plugins.${text(criPlugin)}.cni]
    bin_dir = ${text(tools.cniPlugins)}
    conf_dir = ${text(join(dir, 'cni'))}
`;
}

/** One bridge for all pods of the node; the node itself is their way out. */
export function podNetwork({ dir, network }: NodePlant): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isDefaultGateway: true, // or pods reach no Service
        hairpinMode: true, // a pod may be the endpoint of the Service that it asks
        ipam: { type: 'host-local', dataDir: join(dir, 'addresses'), ranges: [[{ subnet: network.pods }]] },
      },
    ],
  };
}

export function kubeletConfig(plant: NodePlant): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: plant.network.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: plant.authority },
    },
    authorization: { mode: 'AlwaysAllow' }, // whoever the cluster's authority knows: the API server
    serverTLSBootstrap: true,
    containerRuntimeEndpoint: containerd,
    clusterDNS: [plant.network.node], // CoreDNS is a process of the node: it is there before any Service is
    clusterDomain,
    resolvConf: join(plant.dir, 'resolv.conf'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: plant.controlGroup,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // A developer's full disk is no reason to throw pods out, nor images that nobody can pull again.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    volumeStatsAggPeriod: '2s', // how soon a volume that has grown too large is noticed
    healthzPort: 0,
    podLogsDir: join(plant.dir, 'pod-logs'),
  };
}

export function kubelet(plant: NodePlant): Part<'kubelet'> {
  return {
    name: 'kubelet',
    args: [
      `--config=${join(plant.dir, 'kubelet.yaml')}`,
      `--kubeconfig=${join(plant.dir, 'kubelet.kubeconfig')}`,
      `--hostname-override=${plant.name}`,
      `--node-ip=${plant.network.node}`,
      `--root-dir=${join(plant.dir, 'kubelet')}`,
      `--cert-dir=${join(plant.dir, 'kubelet-certificates')}`,
    ],
  };
}

export function kubeProxy(plant: NodePlant): Part<'kube-proxy'> {
  return {
    name: 'kube-proxy',
    args: [
      `--kubeconfig=${join(plant.dir, 'kube-proxy.kubeconfig')}`,
      `--hostname-override=${plant.name}`,
      '--proxy-mode=iptables',
      `--cluster-cidr=${plant.network.pods}`,
      '--conntrack-max-per-core=0', // a setting of the whole machine, which we leave alone
      `--healthz-bind-address=${plant.network.node}:10256`,
      '--metrics-bind-address=127.0.0.1:10249',
    ],
  };
}

/** What CoreDNS serves: names of Services and pods, and nothing of the world outside. */
export function corefile(plant: NodePlant): string {
  return `.:53 {
  bind ${plant.network.node}
  errors
  kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
    kubeconfig ${join(plant.dir, 'coredns.kubeconfig')}
    pods insecure
    ttl 1
  }
}
`;
}
