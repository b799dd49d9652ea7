import type { ApiClient, KubeObject } from '../cluster/kubelet/api-client.ts';
import { clusterStateDir, StateFolder } from './state/state-folder.ts';

/** A server that nobody's operator looks after: one release of a Helm chart, told by what is special about it. */
export interface ReleaseWish {
  readonly name: string;
  readonly namespace: string;
  /** Servers of the same name hold the same databases. Default: the release's own. */
  readonly dbms?: string;
  readonly image?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether its pod is ready as soon as it listens. Default true; otherwise never. */
  readonly ready?: boolean;
}

/** Where the stand-ins of a cluster keep their databases, and how its API is reached. */
export interface ReleaseSite {
  readonly client: ApiClient;
  readonly neo4j: { readonly stateDir: string } | undefined;
  /** Whether somebody makes pods of StatefulSets here; where nobody does, the release makes its own. */
  readonly makesPods: boolean;
}

/**
 * Installs what Neo4j's own Helm chart makes of one server, with its names and labels: a StatefulSet of one pod, the Service that the
 * StatefulSet names, which is not headless, and the one for administrators.
 */
export async function installRelease(wish: ReleaseWish, site: ReleaseSite): Promise<void> {
  const { client } = site;
  const { namespace } = wish;
  const core = `/api/v1/namespaces/${namespace}`;
  for (const service of services(wish)) await client.create(`${core}/services`, service);
  const template = podTemplate(wish, site);
  const made = await client.create<KubeObject & { metadata: { uid: string } }>(
    `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: wish.name, namespace, labels: labels(wish), annotations: wish.annotations ?? {} },
      spec: { serviceName: wish.name, replicas: 1, selector: { matchLabels: selector(wish) }, template },
    },
  );
  if (site.makesPods) return;
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    name: wish.name,
    uid: made.metadata.uid,
    controller: true,
  };
  const name = `${wish.name}-0`;
  await client.create(`${core}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: template.metadata.labels, ownerReferences: [owner] },
    spec: { ...template.spec, hostname: name, subdomain: wish.name },
  });
}

function services(wish: ReleaseWish): object[] {
  const service = (name: string, ports: Record<string, number>) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: wish.namespace, labels: labels(wish) },
    spec: {
      type: 'ClusterIP',
      selector: selector(wish),
      ports: Object.entries(ports).map(([portName, port]) => ({
        name: portName,
        port,
        targetPort: port,
        protocol: 'TCP',
      })),
    },
  });
  return [
    service(wish.name, { 'tcp-bolt': 7687, 'tcp-http': 7474 }),
    service(`${wish.name}-admin`, { 'tcp-backup': 6362, 'tcp-bolt': 7687 }),
  ];
}

function podTemplate(wish: ReleaseWish, { neo4j }: ReleaseSite) {
  const { name, namespace, dbms = name, image = 'neo4j:5.26-enterprise', ready = true } = wish;
  if (!neo4j) throw new Error('this cluster has no stand-in Neo4j');
  const probe = ready ? { tcpSocket: { port: 6362 } } : { exec: { command: ['sh', '-c', 'exit 1'] } };
  const env = {
    NEO4J_STANDIN_STATE: new StateFolder(clusterStateDir(neo4j.stateDir, namespace, dbms)).path,
    NEO4J_STANDIN_SERVER: name,
    NEO4J_STANDIN_ROLE: 'primary',
    NEO4J_STANDIN_STORE_BYTES: String(300 * 1024),
  };
  return {
    metadata: { labels: labels(wish) },
    spec: {
      terminationGracePeriodSeconds: 5,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'neo4j',
          image,
          imagePullPolicy: 'IfNotPresent',
          ports: [
            { name: 'bolt', containerPort: 7687 },
            { name: 'backup', containerPort: 6362 },
          ],
          env: [
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ...Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
          ],
          readinessProbe: { ...probe, periodSeconds: 1 },
        },
      ],
    },
  };
}

function selector({ name, dbms = name }: ReleaseWish): Record<string, string> {
  return { app: dbms, 'helm.neo4j.com/instance': name };
}

function labels(wish: ReleaseWish): Record<string, string> {
  return { ...selector(wish), 'helm.neo4j.com/neo4j.name': wish.dbms ?? wish.name };
}
