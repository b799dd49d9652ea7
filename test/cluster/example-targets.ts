import { ensure, makeNamespace } from './furnish.ts';
import type { ApiClient } from './kubelet/api-client.ts';

/** Namespace of the targets that `up` makes. */
export const targetNamespace = 'neo4j';

const apiVersion = 'neo4j.neo4j.com/v1alpha1';
const image = { repo: 'neo4j', tag: '5.26-enterprise' };
const storage = { className: 'standard', size: '10Gi' };

/** Makes something to back up: a cluster of three primaries and two secondaries, and a standalone. */
export async function makeExampleTargets({
  client,
  giveStoreSecret,
}: {
  readonly client: ApiClient;
  giveStoreSecret(namespace: string): Promise<void>;
}): Promise<void> {
  await makeNamespace(client, targetNamespace);
  await Promise.all(['default', targetNamespace].map(giveStoreSecret));
  const collection = (plural: string) => `/apis/${apiVersion}/namespaces/${targetNamespace}/${plural}`;
  await ensure(client, collection('neo4jenterpriseclusters'), {
    apiVersion,
    kind: 'Neo4jEnterpriseCluster',
    metadata: { name: 'production-cluster' },
    spec: { image, storage, edition: 'enterprise', topology: { primaries: 3, secondaries: 2 } },
  });
  await ensure(client, collection('neo4jenterprisestandalones'), {
    apiVersion,
    kind: 'Neo4jEnterpriseStandalone',
    metadata: { name: 'standalone-neo4j' },
    spec: { image, storage, edition: 'enterprise' },
  });
}
