import type { Neo4jBackup } from '@holdfast/types';
import type { ApiClient } from '../../cluster/kubelet/api-client.ts';

/** One change of a backup's status that a watch heard of. */
export interface StatusChange {
  /** Kind of the run that it belongs to: the one that stands in the record, or the one that has just left it. */
  readonly kind: string;
}

/** Hears of every change of one backup, from before it exists. */
export interface Followed {
  statusChanges(): readonly StatusChange[];
  forget(): void;
  stop(): void;
}

/** @param path of the object in the API */
export async function followBackup(client: ApiClient, path: string): Promise<Followed> {
  const collection = path.slice(0, path.lastIndexOf('/'));
  const name = path.slice(collection.length + 1);
  const stop = new AbortController();
  const changes: StatusChange[] = [];
  let before: Neo4jBackup['status'];
  const listed = await client.get<{ metadata: { resourceVersion: string } }>(collection);
  const events = client.watch(`${collection}?watch=1&resourceVersion=${listed.metadata.resourceVersion}`, stop.signal);
  void (async () => {
    for await (const { type, object } of events) {
      if (type !== 'MODIFIED' || object.metadata.name !== name) continue;
      const { status } = object as Neo4jBackup;
      changes.push({ kind: status?.activeRun?.kind ?? before?.activeRun?.kind ?? 'none' });
      before = status;
    }
  })().catch(() => undefined); // ended by `stop`, or with the server
  return { statusChanges: () => changes, forget: () => void (changes.length = 0), stop: () => stop.abort() };
}
