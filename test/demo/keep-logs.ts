import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevCluster } from '../cluster/start-cluster.ts';

const kinds = {
  backups: '/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups',
  jobs: '/apis/batch/v1/jobs',
  pods: '/api/v1/pods',
  events: '/api/v1/events',
};

/** Copies what a failure is explained by to a folder that stays: logs of the services, logs of the pods, and the objects. */
export async function keepLogs({ logs, dir, client }: DevCluster): Promise<string> {
  const kept = mkdtempSync(join(tmpdir(), 'holdfast-demo-failed-'));
  if (existsSync(logs)) cpSync(logs, join(kept, 'services'), { recursive: true });
  const pods = join(dir, 'pods');
  if (existsSync(pods)) {
    const logFiles = (source: string) =>
      !/\.(backup|standin)(\.\d+)?$|\/(volumes|rootfs)(\/|$)/.test(source.slice(pods.length));
    cpSync(pods, join(kept, 'pods'), { recursive: true, filter: logFiles });
  }
  mkdirSync(join(kept, 'objects'));
  for (const [name, path] of Object.entries(kinds)) {
    const text = await client.get(path).then(
      (list) => JSON.stringify(list, undefined, 2),
      (error: unknown) => `could not be read: ${String(error)}`,
    );
    writeFileSync(join(kept, 'objects', `${name}.json`), `${text}\n`);
  }
  return kept;
}
