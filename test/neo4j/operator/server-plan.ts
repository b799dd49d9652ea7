import { apiVersion, type Target } from './objects.ts';

/** One server that a target should have. */
export interface ServerPlan {
  /** Name of the pod and its host name. */
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  readonly index: number;
}

/** What the operator adds to each pod. */
export interface PodOptions {
  /** Folder that the servers of this target share. */
  readonly stateDir: string;
  readonly storeBytes: number;
  /** Last word on the pod's labels. */
  readonly labels?: (server: ServerPlan, target: Target) => Readonly<Record<string, string>>;
}

/** Servers of a target: a cluster's first ones are primaries; a standalone has one. */
export function serversOf({ kind, metadata, spec }: Target): ServerPlan[] {
  if (kind === 'Neo4jEnterpriseStandalone') return [{ name: `${metadata.name}-0`, role: 'primary', index: 0 }];
  const primaries = spec.topology?.primaries ?? 1;
  const total = primaries + (spec.topology?.secondaries ?? 0);
  return Array.from({ length: total }, (_, index) => ({
    name: `${metadata.name}-server-${index}`,
    role: index < primaries ? 'primary' : 'secondary',
    index,
  }));
}

/** The image of a target's pods. */
export function imageOf({ spec }: Target): string {
  return `${spec.image.repo}:${spec.image.tag}`;
}

/** The headless Service that gives servers their names; also those that are not ready yet. */
export function headlessService(target: Target): Record<string, unknown> {
  const ports = { backup: 6362, bolt: 7687, http: 7474, 'tcp-tx': 6000 };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `${target.metadata.name}-headless`,
      namespace: target.metadata.namespace,
      labels: commonLabels(target),
      ownerReferences: [ownerOf(target)],
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'neo4j.com/cluster': target.metadata.name },
      ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: 'TCP' })),
    },
  };
}

/**
 * The pod of one server, named and labelled as the Neo4j operator does. Resource requests of the target are left out:
 * a stand-in needs next to nothing and must also find a place on a small machine.
 */
export function podManifest(target: Target, server: ServerPlan, options: PodOptions): Record<string, unknown> {
  const { name, namespace } = target.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: server.name,
      namespace,
      labels: { ...serverLabels(target, server), ...options.labels?.(server, target) },
      annotations: { 'standin.neo4j.com/notice': 'Holdfast test stand-in, not Neo4j' },
      ownerReferences: [ownerOf(target)],
    },
    spec: {
      hostname: server.name,
      subdomain: `${name}-headless`,
      terminationGracePeriodSeconds: 10,
      automountServiceAccountToken: false,
      containers: [container(target, server, options)],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  };
}

function container(target: Target, server: ServerPlan, { stateDir, storeBytes }: PodOptions): Record<string, unknown> {
  const ports = { backup: 6362, bolt: 7687, http: 7474 };
  return {
    name: 'neo4j',
    image: imageOf(target),
    imagePullPolicy: target.spec.image.pullPolicy ?? 'IfNotPresent',
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    env: [
      ...(target.spec.env ?? []),
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'NEO4J_STANDIN_STATE', value: stateDir },
      { name: 'NEO4J_STANDIN_SERVER', value: server.name },
      { name: 'NEO4J_STANDIN_ROLE', value: server.role },
      { name: 'NEO4J_STANDIN_STORE_BYTES', value: String(storeBytes) },
    ],
    readinessProbe: { tcpSocket: { port: 6362 }, periodSeconds: 1, failureThreshold: 3 },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
}

function serverLabels(target: Target, { role, name, index }: ServerPlan): Record<string, string> {
  const { name: targetName } = target.metadata;
  return {
    ...commonLabels(target),
    'neo4j.com/role': role,
    'neo4j.com/server-role': role,
    'neo4j.com/server-name': name.slice(targetName.length + 1),
    'apps.kubernetes.io/pod-index': String(index),
  };
}

function commonLabels({ kind, metadata }: Target): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'neo4j',
    'app.kubernetes.io/instance': metadata.name,
    'app.kubernetes.io/component': 'database',
    'app.kubernetes.io/part-of': kind === 'Neo4jEnterpriseCluster' ? 'neo4j-cluster' : 'neo4j-standalone',
    'app.kubernetes.io/managed-by': 'neo4j-operator',
    'neo4j.com/cluster': metadata.name,
  };
}

function ownerOf({ kind, metadata }: Target): Record<string, unknown> {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}
