import { formatBytes } from '@holdfast/core';
import { makeNamespace, putSecret } from '../../cluster/furnish.ts';
import { storeSecret } from '../../cluster/store/store-secrets.ts';
import { applyExample, example } from '../apply.ts';
import { namespace, type Room } from '../demo-room.ts';

/** Examples that are targets, and the objects they make. */
export const targets = [
  { example: 'cluster', name: 'production-cluster', plural: 'neo4jenterpriseclusters' },
  { example: 'standalone', name: 'standalone-neo4j', plural: 'neo4jenterprisestandalones' },
  { example: 'database', name: 'orders', plural: 'neo4jdatabases' },
] as const;

/** The database that grows during the story and comes back at the end; `bytes` is what its store begins with. */
export const bigDatabase = { name: 'orders', cluster: 'production-cluster', bytes: 8 * 1024 * 1024 } as const;

/** What the examples need beside themselves: their namespace, the bucket and its Secret. */
export async function furnish({ cluster, print }: Pick<Room, 'cluster' | 'print'>): Promise<void> {
  const { client, stores } = cluster;
  const { accessKeyId, secretAccessKey, endpoint } = stores.s3;
  await makeNamespace(client, namespace);
  await putSecret(client, namespace, storeSecret, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  await stores.s3.makeBucket('backups');
  print.fact(
    'store',
    `bucket "backups" at ${endpoint}, its keys in Secret ${storeSecret}`,
    `kubectl get secret -n ${namespace} ${storeSecret}`,
  );
}

/** Applies the targets and waits until each is ready. */
export async function makeTargets({ cluster, seen, print }: Room): Promise<void> {
  const size = { 'standin.neo4j.com/store-bytes': `${bigDatabase.bytes / 1024 / 1024}Mi` };
  for (const target of targets)
    await applyExample(cluster.client, target.example, target.name === bigDatabase.name ? size : {});
  for (const { name, plural, example: file } of targets) {
    const phase = await seen.until(`${name} is ready`, () => readyPhase(seen.target(name)?.status?.phase));
    const servers = seen
      .serversOf(name)
      .map((pod) => `${pod.metadata.name} (${pod.metadata.labels?.['neo4j.com/role'] ?? '?'})`);
    const what = servers.length > 0 ? `: ${servers.join(', ')}` : ` of ${formatBytes(storeBytesOf(cluster, name))}`;
    print.fact(
      phase.toLowerCase(),
      `${example(file)} → ${name}${what}`,
      `kubectl get ${plural} -n ${namespace} ${name}`,
    );
  }
}

function readyPhase(phase: string | undefined): string | undefined {
  return phase === 'Ready' ? phase : undefined;
}

function storeBytesOf({ neo4j }: Room['cluster'], database: string): number {
  return neo4j?.control(namespace, bigDatabase.cluster).expectedStore(database).bytes ?? 0;
}
