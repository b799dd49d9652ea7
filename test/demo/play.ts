import { forgetRecord, writeRecord } from '../cluster/cluster-record.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';
import { storeSecret } from '../cluster/store/store-secrets.ts';
import { namespace } from './demo-room.ts';
import type { Printer } from './print.ts';
import { bigDatabase } from './stages/targets.ts';

/** Leaves the cluster to the person before the screen until they end it. */
export async function stayOpen(cluster: DevCluster, print: Printer, signal: AbortSignal): Promise<void> {
  const names = cluster.services.names;
  const urls = await Promise.all(names.map(async (name) => [name, await cluster.services.url(name)] as const));
  writeRecord(cluster, { buckets: ['backups'], secret: storeSecret, urls: Object.fromEntries(urls) });
  const cli = (words: string) => `npm run cluster -- ${words.replace(' ', ` --dir ${cluster.dir} `)}`;
  print.heading('It stays open. In another terminal, try:');
  for (const [name, line] of [
    ['first', `export KUBECONFIG=${cluster.kubeconfig}`],
    ['look', `kubectl get neo4jbackups -n ${namespace} -o wide`],
    [
      'one more',
      `kubectl annotate neo4jbackup orders-once -n ${namespace} neo4j.neo4j.com/run="$(date +%s)" --overwrite`,
    ],
    ['write', cli(`neo4j --cluster ${namespace}/${bigDatabase.cluster} commit ${bigDatabase.name} -n 100`)],
    ['next day', cli('clock --advance 1d')],
    ['metrics', urls.map(([, url]) => `${url}/metrics`).join('  ')],
  ] as const)
    print.fact(name, line);
  print.note('Ctrl-C ends it and removes everything it made.');
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    forgetRecord(cluster.dir);
  }
}
