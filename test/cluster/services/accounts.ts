import { ensure, makeNamespace } from '../furnish.ts';
import type { ApiClient } from '../kubelet/api-client.ts';
import { serviceNames, serviceNamespace, type ServiceName } from './service-specs.ts';

/** A rule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only objects of these names. */
  readonly resourceNames?: readonly string[];
}

/** What a service may do. */
export interface Rights {
  /** In every namespace, or in the only one that it works in. */
  readonly namespaced: readonly Rule[];
  /** Of things that are in no namespace; nothing where a service works in one namespace only. */
  readonly cluster: readonly Rule[];
}

const own = 'neo4j.neo4j.com';
const backups = [
  allow(own, ['neo4jbackups'], ['get']),
  allow(own, ['neo4jbackups/status'], ['update']),
  allow('', ['events'], ['get', 'create']), // one that is there already is looked at
];
/** Pods of the product: identity, Job, and what a pod leaves behind. */
const jobs = [
  allow('batch', ['jobs'], ['get', 'create', 'delete']),
  allow('', ['pods'], ['list']),
  allow('', ['pods/log'], ['get']), // also because nobody may grant what he does not have: see the Role of a backup
  allow('', ['serviceaccounts'], ['get', 'create', 'patch']),
  allow('rbac.authorization.k8s.io', ['roles', 'rolebindings'], ['get', 'create']),
  allow('', ['secrets'], ['get']),
];
/** Which cluster this is. */
const thisCluster = { ...allow('', ['namespaces'], ['get']), resourceNames: ['kube-system'] };

/** What each service may do, as the chart grants it; nothing else, and an API server with RBAC refuses the rest. */
export const serviceRules: Readonly<Record<ServiceName, Rights>> = {
  watcher: {
    namespaced: [
      ...backups,
      allow(own, ['neo4jbackups'], ['list', 'watch', 'patch']), // patch: the finalizer; RBAC knows no part of an object but its status
      allow(own, ['neo4jenterpriseclusters', 'neo4jenterprisestandalones', 'neo4jdatabases'], ['list', 'watch']),
      allow('apps', ['statefulsets'], ['list', 'watch']),
      allow('', ['services', 'pods'], ['list', 'watch']),
      allow('batch', ['jobs'], ['get', 'list', 'watch', 'delete']),
    ],
    cluster: [],
  },
  worker: {
    namespaced: [
      ...backups,
      ...jobs,
      allow(own, ['neo4jenterpriseclusters', 'neo4jenterprisestandalones'], ['get']),
      allow(own, ['neo4jdatabases'], ['list']),
      allow('apps', ['statefulsets'], ['get']),
      allow('', ['services'], ['get']),
      allow('', ['persistentvolumeclaims'], ['get', 'create']),
    ],
    cluster: [thisCluster, allow('storage.k8s.io', ['storageclasses'], ['get'])],
  },
  retention: { namespaced: [...backups, ...jobs], cluster: [thisCluster] },
};

/** What the watcher may do besides, in the namespace of the services alone: campaign for one Lease. */
export const leaderRules: readonly Rule[] = [
  allow('coordination.k8s.io', ['leases'], ['create']), // has no name yet
  { ...allow('coordination.k8s.io', ['leases'], ['get', 'update']), resourceNames: ['holdfast-watcher'] },
];

/** What the program may do that runs once the release is uninstalled. */
export const releaseRules: readonly Rule[] = [allow(own, ['neo4jbackups'], ['list', 'patch'])];

/** Makes a ServiceAccount for each service, bound to what it may do: in one namespace only, when it is named. */
export async function makeServiceAccounts(api: ApiClient, onlyNamespace?: string): Promise<void> {
  await makeNamespace(api, serviceNamespace);
  if (onlyNamespace !== undefined) await makeNamespace(api, onlyNamespace);
  await grant(api, { role: 'holdfast-leader', to: 'watcher', rules: leaderRules, namespace: serviceNamespace });
  for (const name of serviceNames) {
    const { namespaced, cluster } = serviceRules[name];
    const role = `holdfast-${name}`;
    await ensure(api, accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    if (onlyNamespace === undefined) await grant(api, { role, to: name, rules: [...namespaced, ...cluster] });
    else await grant(api, { role, to: name, rules: namespaced, namespace: onlyNamespace });
  }
}

/** A new token of each service that lasts so long; by default for good, because the cluster's clock may leap for years. */
export async function serviceTokens(
  api: ApiClient,
  lastsSeconds = 50 * 365 * 86_400,
): Promise<Record<ServiceName, string>> {
  const tokens = serviceNames.map(async (name) => [name, await tokenOf(api, name, lastsSeconds)] as const);
  return Object.fromEntries(await Promise.all(tokens)) as Record<ServiceName, string>;
}

const accounts = `/api/v1/namespaces/${serviceNamespace}/serviceaccounts`;

/** A Role where a namespace is named, else a ClusterRole; and its binding. */
async function grant(
  api: ApiClient,
  given: { role: string; to: ServiceName; rules: readonly Rule[]; namespace?: string },
): Promise<void> {
  const { role, to, rules, namespace } = given;
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const cluster = namespace === undefined ? 'Cluster' : '';
  const place = `/apis/${apiVersion}${namespace === undefined ? '' : `/namespaces/${namespace}`}`;
  const metadata = { name: role };
  const subjects = [{ kind: 'ServiceAccount', name: to, namespace: serviceNamespace }];
  const roleRef = { apiGroup, kind: `${cluster}Role`, name: role };
  await Promise.all([
    ensure(api, `${place}/${cluster.toLowerCase()}roles`, { apiVersion, kind: `${cluster}Role`, metadata, rules }),
    ensure(api, `${place}/${cluster.toLowerCase()}rolebindings`, {
      apiVersion,
      kind: `${cluster}RoleBinding`,
      metadata,
      roleRef,
      subjects,
    }),
  ]);
}

async function tokenOf(api: ApiClient, name: ServiceName, expirationSeconds: number): Promise<string> {
  const request = await api.create<{ status: { token: string } }>(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds },
  });
  return request.status.token;
}

function allow(apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}
