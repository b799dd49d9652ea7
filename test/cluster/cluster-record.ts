import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import type { NodeCluster } from './node/start-node-cluster.ts';
import type { DevCluster } from './start-cluster.ts';
import { azureSecret } from './store/store-secrets.ts';

/** What `up` leaves in `cluster.json` for people and other commands. */
export interface ClusterRecord {
  readonly kind: string;
  readonly dir: string;
  readonly pid: number;
  /** When the process was born, as the system tells it: a number used again is not our process. */
  readonly born: string;
  readonly api: string;
  readonly kubeconfig: string;
  /** Undefined where it is a pod. */
  readonly redis?: string;
  readonly stores: {
    readonly s3: {
      endpoint: string;
      accessKeyId: string;
      secretAccessKey: string;
      region: string;
      buckets: string[];
      secret: string;
    };
    readonly azure: { endpoint: string; account: string; accountKey: string; containers: string[]; secret: string };
  };
  /** Undefined where the time is the machine's. */
  readonly clockFile?: string;
  readonly logs: string;
  /** The services that are processes of this machine. */
  readonly services: Readonly<Record<string, { pid?: number; url?: string; log: string }>>;
  readonly neo4j?: { readonly stateDir: string };
}

/** Writes the record, readable by its owner only: it holds the store's keys. */
export function writeRecord(
  cluster: DevCluster | NodeCluster,
  about: { buckets: string[]; containers?: string[]; secret: string; urls: Record<string, string> },
): ClusterRecord {
  const { endpoint, accessKeyId, secretAccessKey, region } = cluster.stores.s3;
  const { endpoint: azureEndpoint, account, accountKey } = cluster.stores.azure;
  const record: ClusterRecord = {
    kind: cluster.kind,
    dir: cluster.dir,
    pid: process.pid,
    born: birthOf(process.pid) ?? '',
    api: cluster.access.url,
    kubeconfig: cluster.kubeconfig,
    stores: {
      s3: { endpoint, accessKeyId, secretAccessKey, region, buckets: about.buckets, secret: about.secret },
      azure: { endpoint: azureEndpoint, account, accountKey, containers: about.containers ?? [], secret: azureSecret },
    },
    logs: cluster.logs,
    services: {},
    ...(cluster.kind !== 'node' && {
      redis: cluster.redisUrl,
      clockFile: cluster.clock.file,
      services: servicesOf(cluster, about.urls),
    }),
    ...(cluster.neo4j && { neo4j: { stateDir: cluster.neo4j.stateDir } }),
  };
  const fresh = `${fileOf(cluster.dir)}.new`;
  writeFileSync(fresh, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, fileOf(cluster.dir));
  return record;
}

function servicesOf({ services, logs }: DevCluster, urls: Record<string, string>): ClusterRecord['services'] {
  const entries = services.names.map((name) => {
    const [pid, url] = [services.pid(name), urls[name]];
    return [name, { ...(pid !== undefined && { pid }), ...(url && { url }), log: join(logs, `${name}.log`) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The record of the cluster that runs in `dir`; undefined when none does. */
export function runningCluster(dir: string): ClusterRecord | undefined {
  if (!existsSync(fileOf(dir))) return undefined;
  const record = JSON.parse(readFileSync(fileOf(dir), 'utf8')) as ClusterRecord;
  return isAlive(record) ? record : undefined;
}

export function forgetRecord(dir: string): void {
  rmSync(fileOf(dir), { force: true });
}

/** Does the very process of the record still run? */
export function isAlive({ pid, born }: ClusterRecord): boolean {
  return born !== '' && birthOf(pid) === born;
}

function fileOf(dir: string): string {
  return join(dir, 'cluster.json');
}

function birthOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, fields = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return fields.split(' ')[0] === 'Z' ? undefined : fields.split(' ')[19]; // a zombie has ended
  } catch {
    return undefined; // no such process
  }
}
