import { ensure, makeNamespace } from '../furnish.ts';
import type { ApiClient } from '../kubelet/api-client.ts';
import { serviceNamespace, type ServiceName } from './service-specs.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
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
  allow('', ['secrets', 'namespaces'], ['get']),
];

/** What each service may do in every namespace, as the chart grants it; nothing else, and an API server with RBAC refuses the rest. */
export const serviceRules: Readonly<Record<ServiceName, readonly Rule[]>> = {
  watcher: [
    ...backups,
    allow(own, ['neo4jbackups'], ['list', 'watch']),
    allow(own, ['neo4jenterpriseclusters', 'neo4jenterprisestandalones', 'neo4jdatabases'], ['list', 'watch']),
    allow('apps', ['statefulsets'], ['list', 'watch']),
    allow('', ['services', 'pods'], ['list', 'watch']),
    allow('batch', ['jobs'], ['get', 'list', 'watch', 'delete']),
    allow('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
  ],
  worker: [
    ...backups,
    ...jobs,
    allow(own, ['neo4jenterpriseclusters', 'neo4jenterprisestandalones'], ['get']),
    allow(own, ['neo4jdatabases'], ['list']),
    allow('apps', ['statefulsets'], ['get']),
    allow('', ['services'], ['get']),
    allow('', ['persistentvolumeclaims'], ['get', 'create']),
    allow('storage.k8s.io', ['storageclasses'], ['get']),
  ],
  retention: [...backups, ...jobs],
};

/** Makes a ServiceAccount for each service, bound to what it may do; answers a token of each. */
export async function makeServiceAccounts(api: ApiClient): Promise<Record<ServiceName, string>> {
  await makeNamespace(api, serviceNamespace);
  const names = Object.keys(serviceRules) as ServiceName[];
  const tokens = names.map(async (name) => [name, await makeServiceAccount(api, name)] as const);
  return Object.fromEntries(await Promise.all(tokens)) as Record<ServiceName, string>;
}

async function makeServiceAccount(api: ApiClient, name: ServiceName): Promise<string> {
  const account = { name, namespace: serviceNamespace };
  const role = { name: `holdfast-${name}` };
  const accounts = `/api/v1/namespaces/${serviceNamespace}/serviceaccounts`;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await Promise.all([
    ensure(api, accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }),
    ensure(api, `/apis/${apiVersion}/clusterroles`, {
      apiVersion,
      kind: 'ClusterRole',
      metadata: role,
      rules: serviceRules[name],
    }),
    ensure(api, `/apis/${apiVersion}/clusterrolebindings`, {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: role,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    }),
  ]);
  const request = await api.create<{ status: { token: string } }>(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 50 * 365 * 86_400 }, // the cluster's clock may leap for years
  });
  return request.status.token;
}

function allow(apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}
