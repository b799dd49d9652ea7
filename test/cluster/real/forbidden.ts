import type { ServiceName } from '../services/service-specs.ts';
import type { Attempt } from './ask-as.ts';

/** Something that a service must not do, in words, and how it would try. */
export interface Forbidden {
  readonly what: string;
  readonly attempt: Attempt;
  /** Services that need it for their work. */
  readonly except?: readonly ServiceName[];
}

/** Where the services run, and where somebody's backups are. */
const [home, tenant] = ['backups', 'neo4j'];
const core = `/api/v1/namespaces/${tenant}`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const own = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${tenant}`;
const jobs = `/apis/batch/v1/namespaces/${tenant}/jobs`;
const leases = '/apis/coordination.k8s.io/v1';

const get = (path: string): Attempt => ({ method: 'GET', path });
const remove = (path: string): Attempt => ({ method: 'DELETE', path });
const post = (path: string, body: object): Attempt => ({ method: 'POST', path, body });
const patch = (path: string, body: object): Attempt => ({ method: 'PATCH', path, body });
const metadata = { name: 'forbidden' };
const container = { name: 'c', image: 'somebody/elses:1' };
const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: tenant }];
const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

/** Whatever no service may do, or only those that are named. Each is answered with 403. */
export const forbidden: readonly Forbidden[] = [
  { what: 'list Secrets of all namespaces', attempt: get('/api/v1/secrets') },
  { what: 'list Secrets of a namespace', attempt: get(`${core}/secrets`) },
  { what: 'watch Secrets', attempt: get(`${core}/secrets?watch=1`) },
  { what: 'read a Secret by name', attempt: get(`${core}/secrets/keys`), except: ['worker', 'retention'] },
  { what: 'make a Secret', attempt: post(`${core}/secrets`, { metadata }) },
  { what: 'change a Secret', attempt: patch(`${core}/secrets/keys`, { data: {} }) },
  { what: 'remove a Secret', attempt: remove(`${core}/secrets/keys`) },

  { what: 'list backups', attempt: get(`${own}/neo4jbackups`), except: ['watcher'] },
  { what: 'make a backup', attempt: post(`${own}/neo4jbackups`, { metadata, spec: {} }) },
  {
    what: 'change a backup, whose finalizer is no part by itself',
    attempt: patch(`${own}/neo4jbackups/any`, { metadata: { finalizers: [] } }),
    except: ['watcher'],
  },
  { what: 'replace a backup', attempt: { ...patch(`${own}/neo4jbackups/any`, { metadata, spec: {} }), method: 'PUT' } },
  { what: 'remove a backup', attempt: remove(`${own}/neo4jbackups/any`) },
  { what: 'remove all backups', attempt: remove(`${own}/neo4jbackups`) },
  { what: 'change a target', attempt: patch(`${own}/neo4jenterpriseclusters/any`, { spec: {} }) },
  { what: 'change the definition', attempt: remove('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/any') },

  { what: 'make a pod', attempt: post(`${core}/pods`, { metadata, spec: { containers: [container] } }) },
  { what: 'remove a pod', attempt: remove(`${core}/pods/any`) },
  { what: 'run a command in a pod', attempt: post(`${core}/pods/any/exec?command=id&stdout=1`, {}) },
  { what: 'attach to a pod', attempt: post(`${core}/pods/any/attach`, {}) },
  { what: 'forward a port of a pod', attempt: post(`${core}/pods/any/portforward`, {}) },
  { what: 'put a container into a pod', attempt: patch(`${core}/pods/any/ephemeralcontainers`, {}) },
  { what: 'evict a pod', attempt: post(`${core}/pods/any/eviction`, { metadata }) },
  { what: 'read the log of a pod', attempt: get(`${core}/pods/any/log`), except: ['worker', 'retention'] },
  { what: 'list Jobs', attempt: get(jobs), except: ['watcher'] },
  { what: 'make a Job', attempt: post(jobs, { metadata }), except: ['worker', 'retention'] },
  { what: 'change a Job', attempt: patch(`${jobs}/any`, { spec: { suspend: false } }) },
  { what: 'remove all Jobs', attempt: remove(jobs) },
  { what: 'make a CronJob', attempt: post(jobs.replace('/jobs', '/cronjobs'), { metadata }) },
  { what: 'change a Deployment', attempt: patch(`/apis/apps/v1/namespaces/${home}/deployments/any`, { spec: {} }) },

  { what: 'read a ServiceAccount', attempt: get(`${core}/serviceaccounts/any`), except: ['worker', 'retention'] },
  { what: 'remove a ServiceAccount', attempt: remove(`${core}/serviceaccounts/default`) },
  {
    what: "have a token of a tenant's account",
    attempt: post(`${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 600 } }),
  },
  {
    what: 'be somebody else',
    attempt: { ...get(`${core}/secrets`), headers: { 'Impersonate-User': 'kubernetes-admin' } },
  },
  {
    what: 'be one of those who may do everything',
    attempt: {
      ...get(`${core}/secrets`),
      headers: { 'Impersonate-User': 'nobody', 'Impersonate-Group': 'system:masters' },
    },
  },
  {
    what: 'make a Role that lists Secrets, which it may not do itself',
    attempt: post(`${rbac}/namespaces/${tenant}/roles`, {
      metadata,
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
    }),
  },
  {
    what: 'make a Role that may do everything',
    attempt: post(`${rbac}/namespaces/${tenant}/roles`, {
      metadata,
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    }),
  },
  {
    what: 'bind an account to cluster-admin in a namespace',
    attempt: post(`${rbac}/namespaces/${tenant}/rolebindings`, {
      metadata,
      roleRef: roleRef('ClusterRole', 'cluster-admin'),
      subjects,
    }),
  },
  { what: 'change a Role', attempt: patch(`${rbac}/namespaces/${tenant}/roles/any`, { rules: [] }) },
  { what: 'remove a binding', attempt: remove(`${rbac}/namespaces/${tenant}/rolebindings/any`) },
  { what: 'make a ClusterRole', attempt: post(`${rbac}/clusterroles`, { metadata, rules: [] }) },
  {
    what: 'bind an account everywhere',
    attempt: post(`${rbac}/clusterrolebindings`, { metadata, roleRef: roleRef('ClusterRole', 'view'), subjects }),
  },

  { what: "read somebody else's Lease", attempt: get(`${leases}/namespaces/${home}/leases/somebody`) },
  {
    what: 'read a Lease of its name elsewhere',
    attempt: get(`${leases}/namespaces/${tenant}/leases/holdfast-watcher`),
  },
  {
    what: 'read the Lease of the watchers',
    attempt: get(`${leases}/namespaces/${home}/leases/holdfast-watcher`),
    except: ['watcher'],
  },
  { what: 'remove the Lease of the watchers', attempt: remove(`${leases}/namespaces/${home}/leases/holdfast-watcher`) },
  { what: 'list Leases', attempt: get(`${leases}/leases`) },

  { what: 'read a claim', attempt: get(`${core}/persistentvolumeclaims/any`), except: ['worker'] },
  { what: 'remove a claim', attempt: remove(`${core}/persistentvolumeclaims/any`) },
  { what: 'change a claim', attempt: patch(`${core}/persistentvolumeclaims/any`, { spec: {} }) },
  { what: 'list Events', attempt: get(`${core}/events`) },
  { what: 'remove Events', attempt: remove(`${core}/events`) },
  { what: 'read ConfigMaps', attempt: get(`${core}/configmaps/any`) },
  { what: 'list namespaces', attempt: get('/api/v1/namespaces') },
  {
    what: 'read any other namespace than the one that names the cluster',
    attempt: get(`/api/v1/namespaces/${tenant}`),
  },
  { what: 'remove a namespace', attempt: remove(`/api/v1/namespaces/${tenant}`) },
  { what: 'list nodes', attempt: get('/api/v1/nodes') },
  { what: 'reach a node through the API server', attempt: get('/api/v1/nodes/any/proxy/pods') },
  { what: 'read the metrics of the API server', attempt: get('/metrics') },
];
