import { startCluster, type DevCluster } from '../cluster/start-cluster.ts';
import type { Room } from './demo-room.ts';
import type { Printer } from './print.ts';
import { oneShots } from './stages/one-shots.ts';
import { restoreNewest } from './stages/restore.ts';
import { runSchedule } from './stages/schedule.ts';
import { furnish, makeTargets } from './stages/targets.ts';

/** Starts the cluster that the story plays on. */
export async function setStage(print: Printer): Promise<DevCluster> {
  print.heading('A dev cluster of its own, in a temporary folder');
  const cluster = await startCluster({ kind: 'embedded', quiet: true });
  print.fact(
    'cluster',
    `API server ${cluster.apiUrl}; pods are local processes, Neo4j is a stand-in`,
    `export KUBECONFIG=${cluster.kubeconfig}`,
  );
  const services = cluster.services.names.map((name) => `${name} (process ${cluster.services.pid(name) ?? '?'})`);
  print.fact('services', services.join(', '), `${cluster.logs}/watcher.log`);
  print.fact('redis', cluster.redisUrl, `redis-cli -p ${cluster.redis.port} MONITOR`);
  return cluster;
}

/** Tells the whole story; ends with the first fact that is not as it should be. */
export async function tellStory(room: Room): Promise<void> {
  await furnish(room);
  await makeTargets(room);
  await oneShots(room);
  await restoreNewest(room, await runSchedule(room));
}
