import { makeNamespace, makeStorageClasses } from '../../cluster/furnish.ts';
import type { ApiClient } from '../../cluster/kubelet/api-client.ts';

/** Where the benches declare what is backed up, and the paths of what comes of it. */
export const namespace = 'bench';
const group = '/apis/neo4j.neo4j.com/v1alpha1';
export const targets: string = `${group}/namespaces/${namespace}/neo4jenterpriseclusters`;
export const backups: string = `${group}/namespaces/${namespace}/neo4jbackups`;
/** As somebody asks who looks at all namespaces. */
export const backupsOfAll: string = `${group}/neo4jbackups`;
export const jobs: string = `/apis/batch/v1/namespaces/${namespace}/jobs`;
export const pods: string = `/api/v1/namespaces/${namespace}/pods`;

const limit = '100000';
/** Told to services whose limits would otherwise be what is measured. */
export const noLimits: Readonly<Record<string, string>> = {
  HOLDFAST_LIMIT_GLOBAL: limit,
  HOLDFAST_LIMIT_PER_TARGET: limit,
  HOLDFAST_LIMIT_PER_LOCATION: limit,
};

/** The namespace with a target that is ready, though nothing serves it: enough for whoever makes Jobs that nobody runs. */
export async function makeTarget(client: ApiClient): Promise<void> {
  await Promise.all([makeNamespace(client, namespace), makeStorageClasses(client)]);
  await client.create(targets, aTarget());
  await client.patch(`${targets}/prod/status`, { status: { phase: 'Ready' } });
}

export function aTarget(annotations: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseCluster',
    metadata: { name: 'prod', namespace, annotations },
    spec: { image: { repo: 'neo4j', tag: '5.26-enterprise' }, topology: { primaries: 1, secondaries: 0 } },
  };
}

/** Declares a backup of the target to a claim, once or on a schedule. */
export function makeBackup(
  client: ApiClient,
  name: string,
  more: { readonly schedule?: string } = {},
): Promise<unknown> {
  return client.create(backups, {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name, namespace },
    spec: {
      target: { kind: 'Cluster', name: 'prod' },
      storage: { type: 'pvc', pvc: { name: 'backups', size: '1Gi' } },
      ...more,
    },
  });
}
