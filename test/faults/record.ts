import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labels, type Manifest, type Neo4jBackup } from '@holdfast/types';
import type { KubeObject } from '../cluster/kubelet/api-client.ts';
import { clusterMark, commandLineOf, markedProcesses } from '../cluster/kubelet/processes.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';
import type { SeenJob } from './evidence.ts';
import type { Stores } from './stores.ts';

/** What passes by and cannot be asked for afterwards, written down from the start of a cluster. */
export interface Record {
  readonly versions: readonly Neo4jBackup[];
  readonly jobs: ReadonlyMap<string, SeenJob>;
  readonly metrics: ReadonlyMap<string, number>;
  /** Texts by where they were found; of a log that grows, all of it. */
  readonly texts: ReadonlyMap<string, string>;
  /** Manifests by their key in the bucket. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Looks once more at everything that is sampled. */
  look(): Promise<void>;
  close(): Promise<void>;
}

const everyMs = 250;

/** Starts writing down; ends with `close`. */
export async function startRecord(cluster: DevCluster, stores: Stores): Promise<Record> {
  const over = new AbortController();
  const notes = {
    versions: [] as Neo4jBackup[],
    jobs: new Map<string, SeenJob>(),
    metrics: new Map<string, number>(),
    texts: new Map<string, string>(),
    manifests: new Map<string, Manifest>(),
  };
  const watching = Promise.all([
    follow<Neo4jBackup>('/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups', (backup) => void notes.versions.push(backup)),
    follow<JobObject>('/apis/batch/v1/jobs', (job) => noteJob(job)),
    follow<KubeObject>('/api/v1/pods', (pod) => void notes.texts.set(`pod ${pod.metadata.name}`, JSON.stringify(pod))),
  ]);
  const logSizes = new Map<string, number>();
  let looking = Promise.resolve();
  const look = () => (looking = looking.then(lookNow));
  const sampling = (async () => {
    while (!over.signal.aborted) {
      await look();
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined); // closed meanwhile
    }
  })();
  return {
    ...notes,
    look,
    close: async () => {
      over.abort();
      await Promise.all([watching, sampling]);
    },
  };

  /** Every object of a collection, as often as it changes, until the end. */
  async function follow<T>(path: string, note: (object: T) => void): Promise<void> {
    let version = '0';
    while (!over.signal.aborted) {
      try {
        for await (const { type, object } of cluster.client.watch(
          `${path}?watch=1&resourceVersion=${version}`,
          over.signal,
        )) {
          if (type === 'ERROR') throw new Error(`the watch of ${path} ended with an error`);
          version = object.metadata.resourceVersion ?? version;
          if (type !== 'BOOKMARK') note(object as T);
        }
      } catch {
        // The end; or a server that has just learnt of the kind, or forgotten the version: then everything is shown once more.
        version = '0';
        await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
      }
    }
  }

  function noteJob({ metadata, spec }: JobObject): void {
    const { uid, name, namespace = '', labels: marks = {} } = metadata;
    notes.texts.set(`job ${name}`, JSON.stringify(spec));
    const backupUid = marks[labels.backupUid];
    if (backupUid === undefined) return;
    const [run = '', attempt = '', verb = ''] = [labels.runId, labels.attempt, labels.verb].map(
      (label) => marks[label],
    );
    notes.jobs.set(uid, { uid, name, namespace, backupUid, run, attempt, verb });
  }

  async function lookNow(): Promise<void> {
    await Promise.all([scrapeAll(cluster, notes), readManifests(stores, notes.manifests)]);
    noteArguments(cluster.dir, notes.texts);
    noteLogs(cluster.dir, notes.texts, logSizes);
  }
}

interface JobObject extends KubeObject {
  readonly spec: object;
}

async function scrapeAll(
  { services }: DevCluster,
  { metrics, texts }: { metrics: Map<string, number>; texts: Map<string, string> },
): Promise<void> {
  for (const name of services.names) {
    const body = await fetchText(await addressOf(services, name), '/metrics');
    for (const line of body.split('\n')) {
      const [, series = '', value] = /^(neo4jbackup_\S+) (\S+)$/.exec(line) ?? [];
      if (value === undefined) continue;
      metrics.set(series, Math.max(metrics.get(series) ?? -Infinity, Number(value)));
      texts.set(`metrics of ${name}: ${series}`, line);
    }
  }
}

/** Where a service listens; undefined while it does not run or has not said so. */
export async function addressOf({ pid, url }: DevCluster['services'], name: string): Promise<string | undefined> {
  if (pid(name) === undefined) return undefined;
  return Promise.race([url(name), sleep(50).then(() => undefined)]);
}

/** A page as text; empty when nobody answers, which is an answer too. */
export async function fetchText(address: string | undefined, path: string): Promise<string> {
  if (address === undefined) return '';
  try {
    return await (await fetch(`${address}${path}`, { signal: AbortSignal.timeout(1_000) })).text();
  } catch {
    return ''; // killed or frozen on purpose
  }
}

async function readManifests({ diary, read }: Stores, manifests: Map<string, Manifest>): Promise<void> {
  const written = (await diary()).filter(({ operation, status }) => operation === 'put' && status < 300);
  const fresh = new Set(
    written.map(({ key }) => key).filter((key) => key.includes('/manifests/') && !manifests.has(key)),
  );
  for (const key of fresh) {
    const manifest = await read(key);
    if (manifest) manifests.set(key, manifest);
  }
}

/** Argument lists of every process of the cluster. */
function noteArguments(dir: string, texts: Map<string, string>): void {
  if (process.platform !== 'linux') return;
  for (const pid of markedProcesses(clusterMark, dir)) {
    const line = commandLineOf(pid);
    texts.set(`the arguments ${line.slice(0, 80)}`, line);
  }
}

/** Logs of services and pods; a pod's logs go with it, so they are read while it is there. */
function noteLogs(dir: string, texts: Map<string, string>, sizes: Map<string, number>): void {
  const files = [
    ...filesBelow(join(dir, 'logs')),
    ...filesBelow(join(dir, 'pods')).filter((file) => file.includes('/logs/')),
  ];
  for (const file of files) {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size === (sizes.get(file) ?? 0)) continue;
    sizes.set(file, size);
    texts.set(`log ${file.slice(dir.length + 1)}`, readOr(file));
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return []; // a pod was removed while we looked
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // its pod was removed while we looked
  }
}
