import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { createColors } from 'picocolors';
import { goBuild } from '../go-build.ts';
import { forgetRecord, runningCluster, writeRecord, type ClusterRecord } from './cluster-record.ts';
import { makeExampleTargets, targetNamespace } from './example-targets.ts';
import type { ClusterKind } from './kinds.ts';
import { startNodeCluster, type NodeCluster } from './node/start-node-cluster.ts';
import { howToBuild, kubernetes } from './real/kubernetes.ts';
import { serviceNamespace } from './services/service-specs.ts';
import { startCluster, type DevCluster } from './start-cluster.ts';
import { storeSecret } from './store/store-secrets.ts';

const podsAre: Readonly<Record<ClusterKind, string>> = {
  embedded: 'Pods are local processes',
  'control-plane': 'Kubernetes is real, pods are local processes',
  node: 'Kubernetes is real, pods are containers',
};

/** Colours on a terminal only; CI systems and pipes get plain text. */
const pc = createColors(isatty(1) && !process.env['NO_COLOR']);

export interface UpOptions {
  readonly kind: ClusterKind;
  readonly dir: string;
  readonly services: boolean;
  readonly targets: boolean;
  readonly json?: boolean;
}

const bucket = 'backups';

/** Starts a cluster in a folder, tells where everything is, and stays until INT or TERM. */
export async function up(options: UpOptions): Promise<void> {
  const { dir } = options;
  const other = runningCluster(dir);
  if (other)
    throw new Error(
      `a cluster already runs in ${dir} (process ${other.pid}); stop it with: npm run cluster -- down --dir ${dir}`,
    );
  const made = !existsSync(dir);
  mkdirSync(dir, { recursive: true });
  const leave = untilAskedToLeave();
  const removeFolder = () => made && rmSync(dir, { recursive: true, force: true });
  const cluster = await startKind(options).catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  try {
    await Promise.all([cluster.stores.s3.makeBucket(bucket), cluster.stores.azure.makeContainer(bucket)]);
    if (options.targets) await makeExampleTargets(cluster);
    const urls = await serviceUrls(cluster);
    const record = writeRecord(cluster, { buckets: [bucket], containers: [bucket], secret: storeSecret, urls });
    process.stdout.write(options.json ? `${JSON.stringify(record)}\n` : describe(record, options.targets));
    await leave;
  } finally {
    process.stderr.write('cluster: stopping\n');
    await cluster.stop();
    forgetRecord(dir);
    removeFolder();
  }
}

async function startKind({ kind, dir, services }: UpOptions): Promise<DevCluster | NodeCluster> {
  if (kind === 'embedded') return startCluster({ kind, dir, services });
  const built = await goBuild(kubernetes, (line) => void process.stderr.write(`cluster: ${line}\n`));
  if (!built) throw new Error(`Kubernetes could not be built; see what it says: ${howToBuild}`);
  return kind === 'node' ? startNodeCluster({ kind, dir, services }) : startCluster({ kind, dir, services });
}

/** From the first call on, INT and TERM no longer end the process; the promise resolves at the first. */
function untilAskedToLeave(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** A service that does not announce its address within a moment is shown without one. */
async function serviceUrls(cluster: DevCluster | NodeCluster): Promise<Record<string, string>> {
  if (cluster.kind === 'node') return {};
  const { services } = cluster;
  const given = new AbortController();
  const late = sleep(10_000, undefined, { signal: given.signal }).catch(() => undefined); // all have answered
  const found = await Promise.all(
    services.names.map(async (name) => [name, await Promise.race([services.url(name), late])] as const),
  );
  given.abort();
  return Object.fromEntries(found.flatMap(([name, url]) => (url ? [[name, url]] : [])));
}

function describe(record: ClusterRecord, targets: boolean): string {
  const { s3, azure } = record.stores;
  const rows: [string, string][] = [
    ['API server', record.api],
    ['kubeconfig', record.kubeconfig],
    ...(record.redis === undefined ? [] : [['Redis', record.redis] as [string, string]]),
    ['S3 store', `${s3.endpoint}  bucket ${s3.buckets.join(', ')}  keys ${s3.accessKeyId} / ${s3.secretAccessKey}`],
    ['Azure store', `${azure.endpoint}  container ${azure.containers.join(', ')}  account ${azure.account}`],
    ...(record.clockFile === undefined ? [] : [['clock', record.clockFile] as [string, string]]),
    ['logs', record.logs],
    ...Object.entries(record.services).map(([name, { url, pid }]): [string, string] => [
      name,
      url
        ? `${url}/metrics  (process ${pid})`
        : pc.yellow(`has not said where it listens; see ${join(record.logs, `${name}.log`)}`),
    ]),
  ];
  const again = record.dir;
  const tries = [
    `export KUBECONFIG=${record.kubeconfig}`,
    targets ? `kubectl get pods -n ${targetNamespace}` : 'kubectl get nodes',
    record.clockFile === undefined
      ? `kubectl get pods -n ${serviceNamespace}`
      : `npm run cluster -- clock --dir ${again} --advance 1d`,
    `npm run cluster -- down --dir ${again}`,
  ];
  return [
    '',
    pc.bold(`A dev cluster (${record.kind}) is up. ${podsAre[record.kind as ClusterKind]}; Neo4j is a stand-in.`),
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`),
    '',
    'Try, in another terminal:',
    ...tries.map((line) => `  ${pc.cyan(line)}`),
    '',
    'Ctrl-C stops it and removes what it made.',
    '',
  ].join('\n');
}
