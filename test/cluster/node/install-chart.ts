import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { fileFrom } from '../../../scripts/images/base.ts';
import type { ImageFile } from '../../../scripts/images/layer.ts';
import { chart, openHelm } from '../../chart/helm.ts';
import { findRedis } from '../redis/find-redis.ts';
import { serviceNamespace } from '../services/service-specs.ts';
import { storeDefaults, type Stores } from '../store/store-secrets.ts';
import type { TestImage } from './images.ts';

const run = promisify(execFile);

/** Name of the release, and so the beginning of its objects' names. */
export const release = 'holdfast';

/** Installs the chart as people do, with images that the node has; resolves when its pods are ready. */
export async function installChart(given: {
  readonly kubeconfig: string;
  readonly stores: Stores;
  /** Values over ours: `path=JSON`. */
  readonly values: readonly string[];
  readonly say: (line: string) => void;
}): Promise<void> {
  const { kubeconfig, stores, say } = given;
  const helm = await openHelm(say);
  if (!helm) throw new Error('helm was not built');
  const settings = [
    `storeDefaults=${JSON.stringify(storeDefaults(stores))}`,
    `allowedEndpoints=${JSON.stringify([stores.s3.endpoint, stores.azure.endpoint])}`,
    `redis.embedded.image="${redisImageName}"`,
    ...given.values,
  ];
  const words = ['--namespace', serviceNamespace, '--create-namespace', '--wait', '--timeout', '3m'];
  say('installing the chart');
  await helm.against(
    kubeconfig,
    'install',
    release,
    chart,
    ...words,
    ...settings.flatMap((setting) => ['--set-json', setting]),
  );
}

/** Takes the release away; resolves when its pods are gone. */
export async function uninstallChart(kubeconfig: string): Promise<void> {
  const helm = await openHelm((line) => process.stderr.write(`${line}\n`));
  await helm?.against(kubeconfig, 'uninstall', release, '--namespace', serviceNamespace, '--wait');
}

const redisImageName = 'holdfast/redis-of-this-machine:1';

/** This machine's Redis for the node, under the name that the chart calls, with the libraries that it is linked with. */
export async function redisImage(say: (line: string) => void): Promise<TestImage> {
  const program = await findRedis(say);
  const { stdout } = await run('ldd', [program]);
  const libraries = stdout.split('\n').flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const files = new Map<string, ImageFile>([
    ['usr/local/bin/valkey-server', await fileFrom(program, { executable: true })],
  ]);
  for (const library of libraries)
    files.set(`usr/local/lib/${basename(library)}`, await fileFrom(library, { executable: true }));
  return { name: redisImageName, files, start: { env: ['LD_LIBRARY_PATH=/usr/local/lib'] } };
}
