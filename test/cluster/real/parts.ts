import { join } from 'node:path';

/** Where everything of one control plane stands. */
export interface Plant {
  /** Folder for certificates, tokens, kubeconfigs and the data of etcd. */
  readonly dir: string;
  readonly ports: { readonly etcd: number; readonly etcdPeers: number; readonly api: number };
  /** Kinds that the API server reads from etcd each time. */
  readonly uncached: readonly string[];
  /** Flags of the controller manager, over those that suit a dev cluster. */
  readonly controllers: Readonly<Record<string, string>>;
  /** Address where real nodes and pods reach the API server; without it, pods have no real addresses either. */
  readonly advertised?: string;
}

/** The parts of a control plane, by the names of their programs. */
export type PartName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** A part of Kubernetes with its arguments. */
export interface Part<Name extends string = PartName> {
  readonly name: Name;
  readonly args: readonly string[];
}

/** What `certificates` and `makeIdentities` write, by name. */
export function fileOf(plant: Plant, name: string): string {
  return join(plant.dir, name);
}

/** How each part is run. */
export const parts: Readonly<Record<PartName, (plant: Plant) => Part>> = {
  etcd,
  'kube-apiserver': apiServer,
  'kube-controller-manager': controllerManager,
  'kube-scheduler': scheduler,
};

function etcd(plant: Plant): Part {
  const client = `http://127.0.0.1:${plant.ports.etcd}`;
  const peers = `http://127.0.0.1:${plant.ports.etcdPeers}`;
  return {
    name: 'etcd',
    args: flags({
      'data-dir': fileOf(plant, 'etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `default=${peers}`,
      'unsafe-no-fsync': 'true', // what a crash loses nobody wants back
      'log-level': 'warn',
    }),
  };
}

function apiServer(plant: Plant): Part {
  const { etcd: etcdPort, api } = plant.ports;
  const { advertised } = plant;
  return {
    name: 'kube-apiserver',
    args: flags({
      'etcd-servers': `http://127.0.0.1:${etcdPort}`,
      'bind-address': '127.0.0.1',
      // An endpoint must not be on loopback: where there is nothing else, the API server's own Service has none.
      'advertise-address': advertised ?? '127.0.0.1',
      'endpoint-reconciler-type': advertised === undefined ? 'none' : 'lease',
      'secure-port': String(api),
      'cert-dir': fileOf(plant, 'served'),
      'tls-cert-file': fileOf(plant, 'kube-apiserver.crt'),
      'tls-private-key-file': fileOf(plant, 'kube-apiserver.key'),
      'token-auth-file': fileOf(plant, 'tokens.csv'),
      'authorization-mode': advertised === undefined ? 'RBAC' : 'Node,RBAC',
      'anonymous-auth': 'false',
      'allow-privileged': 'true',
      'service-cluster-ip-range': '10.96.0.0/16',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': fileOf(plant, 'service-accounts.key'),
      'service-account-signing-key-file': fileOf(plant, 'service-accounts.key'),
      'service-account-extend-token-expiration': 'false',
      'kubelet-client-certificate': fileOf(plant, 'kubelet-client.crt'),
      'kubelet-client-key': fileOf(plant, 'kubelet-client.key'),
      'kubelet-certificate-authority': fileOf(plant, 'ca.crt'),
      'kubelet-preferred-address-types': 'InternalIP',
      ...(plant.uncached.length > 0 && { 'watch-cache-sizes': plant.uncached.map((kind) => `${kind}#0`).join() }),
    }),
  };
}

function controllerManager(plant: Plant): Part {
  return {
    name: 'kube-controller-manager',
    args: flags({
      kubeconfig: fileOf(plant, 'controllers.kubeconfig'),
      'leader-elect': 'false',
      'secure-port': '0',
      'service-account-private-key-file': fileOf(plant, 'service-accounts.key'),
      'root-ca-file': fileOf(plant, 'ca.crt'),
      // Kubelets ask for the certificates that they serve with.
      'cluster-signing-cert-file': fileOf(plant, 'ca.crt'),
      'cluster-signing-key-file': fileOf(plant, 'ca.key'),
      'cluster-signing-duration': '100000h',
      // A day that passes at once would be a day without a heartbeat.
      'node-monitor-grace-period': '100000h',
      'node-monitor-period': '1s', // a fresh node is free of its taint sooner
      // Deadlines stand in timers, which do not leap with the clock: so every object is looked at again and again.
      'min-resync-period': '2s',
      ...plant.controllers,
    }),
  };
}

function scheduler(plant: Plant): Part {
  return {
    name: 'kube-scheduler',
    args: flags({
      kubeconfig: fileOf(plant, 'scheduler.kubeconfig'),
      'leader-elect': 'false',
      'secure-port': '0',
    }),
  };
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
