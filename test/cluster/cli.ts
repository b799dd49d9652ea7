import { parseDuration } from '@holdfast/core';
import { Command, Option } from 'commander';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { goBuild } from '../go-build.ts';
import { goInstall } from '../go-install.ts';
import { clusterKinds } from './kinds.ts';
import { openClusterClock } from './clock/clock.ts';
import { isAlive, runningCluster, type ClusterRecord } from './cluster-record.ts';
import { targetNamespace } from './example-targets.ts';
import { kubernetes } from './real/kubernetes.ts';
import { buildGcs } from './store/start-gcs.ts';
import { fetchMoto } from './store/start-moto.ts';
import { buildVersitygw } from './store/start-versitygw.ts';
import { minioProgram } from './store/start-minio.ts';
import { up, type UpOptions } from './up.ts';

const defaultDir = join(tmpdir(), 'holdfast-dev');

const program = new Command('npm run cluster --')
  .description(
    'A Kubernetes cluster for developing Holdfast, on this machine: API server, pods as local processes or containers, Redis, an S3 store and stand-ins for Neo4j.',
  )
  .showHelpAfterError();

withDir(program.command('up'))
  .description('Start a cluster and stay until Ctrl-C or "down".')
  .addOption(new Option('--kind <kind>', 'which kind of cluster').choices(clusterKinds).default('embedded'))
  .option('--no-services', 'leave out watcher, worker and retention')
  .option('--no-targets', 'leave out the example Neo4j cluster and standalone')
  .option('--json', 'print the addresses as one line of JSON')
  .action((options: UpOptions) => up(options));

withDir(program.command('down'))
  .description('Stop the cluster and wait until it is gone.')
  .action(async ({ dir }: { dir: string }) => down(running(dir)));

withDir(program.command('status'))
  .description('Show the addresses of a running cluster as JSON.')
  .action(({ dir }: { dir: string }) => print(JSON.stringify(running(dir), undefined, 2)));

withDir(program.command('clock'))
  .description("Show or move the cluster's clock; it only goes forward.")
  .option('--advance <duration>', 'jump forward, for example 90m, 12h or 30d')
  .option('--set <time>', 'jump to an instant, for example 2027-01-31T02:00:00Z')
  .action(({ dir, advance, set }: { dir: string; advance?: string; set?: string }) =>
    moveClock(running(dir), advance, set),
  );

withDir(program.command('bucket'))
  .description('Make a bucket in the S3 store.')
  .argument('<name>')
  .action(async (name: string, { dir }: { dir: string }) => makeBucket(running(dir), name));

withDir(program.command('neo4j'))
  .description(
    'Move the stand-in Neo4j: commits, prunes, drops, faults; production-cluster unless --cluster names another. "neo4j help" says how.',
  )
  .argument('[words...]')
  .allowUnknownOption()
  .action((words: string[], { dir }: { dir: string }) => passToNeo4j(running(dir), words));

program
  .command('build-minio')
  .description('Build the real S3 server for the tests into the user cache; needs Go or pip.')
  .action(async () => {
    const path = await goInstall(minioProgram, (line) => void process.stderr.write(`cluster: ${line}\n`));
    if (!path) throw new Error('MinIO was not built');
    print(path);
  });

program
  .command('build-gcs')
  .description('Build the stand-in for Google Cloud Storage for the tests into the user cache; needs Go or pip.')
  .action(async () => {
    const path = await buildGcs((line) => void process.stderr.write(`cluster: ${line}\n`));
    if (!path) throw new Error('fake-gcs-server was not built');
    print(path);
  });

program
  .command('build-versitygw')
  .description('Build the S3 server before a file system for the tests into the user cache; needs Go or pip.')
  .action(async () => {
    const path = await buildVersitygw((line) => void process.stderr.write(`cluster: ${line}\n`));
    if (!path) throw new Error('versitygw was not built');
    print(path);
  });

program
  .command('fetch-moto')
  .description('Fetch the S3 server with storage classes for the tests into the user cache; needs python3 with pip.')
  .action(async () => {
    const path = await fetchMoto((line) => void process.stderr.write(`cluster: ${line}\n`));
    if (!path) throw new Error('moto was not fetched');
    print(path);
  });

program
  .command('build-kubernetes')
  .description(
    'Build a real Kubernetes for --kind control-plane and node into the user cache, once (minutes on two cores); needs Go or pip.',
  )
  .action(async () => {
    const path = await goBuild(kubernetes, (line) => void process.stderr.write(`cluster: ${line}\n`));
    if (!path) throw new Error('Kubernetes was not built');
    print(path);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function withDir(command: Command): Command {
  return command.option('--dir <folder>', 'folder of the cluster', (folder) => resolve(folder), defaultDir);
}

function running(dir: string): ClusterRecord {
  const record = runningCluster(dir);
  if (!record) throw new Error(`no cluster runs in ${dir}; start one with: npm run cluster -- up --dir ${dir}`);
  return record;
}

async function down(record: ClusterRecord): Promise<void> {
  process.kill(record.pid, 'SIGTERM');
  const deadline = Date.now() + 60_000;
  while (isAlive(record)) {
    if (Date.now() > deadline)
      throw new Error(`process ${record.pid} did not end within 60 s; its logs are in ${record.logs}`);
    await sleep(50);
  }
  print(`stopped the cluster in ${record.dir}`);
}

function moveClock({ clockFile }: ClusterRecord, advance?: string, set?: string): void {
  if (clockFile === undefined)
    throw new Error('containers tell the time of the machine; the clock of the other kinds can be moved');
  const clock = openClusterClock(clockFile);
  if (advance !== undefined) clock.advance(parseDuration(advance));
  if (set !== undefined) {
    const to = new Date(set);
    if (Number.isNaN(to.getTime())) throw new Error(`"${set}" is no time; write for example 2027-01-31T02:00:00Z`);
    clock.set(to);
  }
  print(clock.now().toISOString());
}

async function makeBucket({ stores: { s3 } }: ClusterRecord, name: string): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3'); // costs half a second; others need it not
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
  print(`bucket ${name} is at ${endpoint}/${name}`);
}

function passToNeo4j({ neo4j, clockFile }: ClusterRecord, words: readonly string[]): void {
  const control = fileURLToPath(new URL('../neo4j/control-cli.ts', import.meta.url));
  if (!neo4j || !existsSync(control)) throw new Error('this cluster has no stand-in Neo4j');
  const env = { ...process.env, ...(clockFile !== undefined && { HOLDFAST_CLOCK_FILE: clockFile }) };
  const which = words.includes('--cluster') ? [] : ['--cluster', `${targetNamespace}/production-cluster`];
  const { status } = spawnSync(process.execPath, [control, '--state-dir', neo4j.stateDir, ...which, ...words], {
    stdio: 'inherit',
    env,
  });
  process.exitCode = status ?? 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
