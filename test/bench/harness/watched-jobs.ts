import type { ApiClient, KubeObject } from '../../cluster/kubelet/api-client.ts';

/** When each backup of a namespace was first seen, and when its Job; both by watches of one process, on its own clock. */
export interface WatchedJobs {
  /** Milliseconds from the one to the other, of every backup whose Job exists. */
  delaysMs(): number[];
  /** Jobs seen so far, whoever made them. */
  readonly jobs: number;
  forget(): void;
  stop(): void;
}

export async function watchJobs(client: ApiClient, namespace: string): Promise<WatchedJobs> {
  const stop = new AbortController();
  const seenAt = new Map<string, number>();
  const createdAt = new Map<string, number>();
  const backups = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups`;
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const state = { jobs: 0 };
  await follow(client, backups, stop.signal, ({ type, object }) => {
    if (type === 'ADDED') seenAt.set(object.metadata.name, performance.now());
  });
  await follow(client, jobs, stop.signal, ({ type, object }) => {
    if (type !== 'ADDED') return;
    state.jobs += 1;
    createdAt.set(object.metadata.name.replace(/-backup$/, ''), performance.now());
  });
  return {
    delaysMs: () => [...createdAt].flatMap(([name, at]) => at - (seenAt.get(name) ?? Number.NaN)),
    get jobs() {
      return state.jobs;
    },
    forget() {
      seenAt.clear();
      createdAt.clear();
      state.jobs = 0;
    },
    stop: () => stop.abort(),
  };
}

/**
 * Calls back for each change of a collection from now on. An API server ends the watch of whoever reads too slowly for it, so a watch that
 * ended is taken up where it was.
 */
export async function follow(
  client: ApiClient,
  collection: string,
  signal: AbortSignal,
  onChange: (change: { readonly type: string; readonly object: KubeObject }) => void,
): Promise<void> {
  const { metadata } = await client.get<{ metadata: { resourceVersion: string } }>(collection);
  let from: string | undefined = metadata.resourceVersion;
  void (async () => {
    while (!signal.aborted) {
      for await (const change of client.watch(`${collection}?watch=1&resourceVersion=${from}`, signal)) {
        from = change.object.metadata?.resourceVersion;
        if (change.type === 'ERROR' || from === undefined) throw new Error('a watch lost its place; measure again');
        onChange(change);
      }
    }
  })().catch((error: unknown) => {
    // Ended by its signal, or with the server; everything else leaves a count that never comes, and says why.
    if (!signal.aborted) process.stderr.write(`${collection}: ${String(error)}\n`);
  });
}
