import type { Neo4jBackup } from '@holdfast/types';
import type { ApiClient } from '../../cluster/kubelet/api-client.ts';
import { follow } from './watched-jobs.ts';

/** What became of each backup of a namespace, by watches that nobody cuts. */
export interface WatchedRuns {
  /** Jobs that appeared, also those that are gone. */
  jobsOf(backup: string): number;
  /** Runs that its record named. */
  runsOf(backup: string): number;
  stop(): void;
}

export async function watchRuns(client: ApiClient, namespace: string): Promise<WatchedRuns> {
  const stop = new AbortController();
  const jobs = new Map<string, number>();
  const runs = new Map<string, Set<string>>();
  const backups = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups`;
  await follow(client, `/apis/batch/v1/namespaces/${namespace}/jobs`, stop.signal, ({ type, object }) => {
    const backup = object.metadata.name.replace(/-backup$/, '');
    if (type === 'ADDED') jobs.set(backup, (jobs.get(backup) ?? 0) + 1);
  });
  await follow(client, backups, stop.signal, ({ object }) => {
    const { metadata, status } = object as Neo4jBackup;
    const seen = runs.get(metadata.name) ?? new Set<string>();
    runs.set(metadata.name, seen);
    for (const id of [status?.activeRun?.id, ...(status?.history ?? []).map(({ runId }) => runId)])
      if (id !== undefined) seen.add(id);
  });
  return {
    jobsOf: (backup) => jobs.get(backup) ?? 0,
    runsOf: (backup) => runs.get(backup)?.size ?? 0,
    stop: () => stop.abort(),
  };
}
