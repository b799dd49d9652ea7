import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { archiveOf } from '../../../scripts/images/archive.ts';
import { fileFrom } from '../../../scripts/images/base.ts';
import { Assembly, imageNames } from '../../../scripts/images/images.ts';
import type { ImageFile } from '../../../scripts/images/layer.ts';
import { chart, openHelm } from '../../chart/helm.ts';
import { findRedis } from '../redis/find-redis.ts';
import { serviceNamespace } from '../services/service-specs.ts';
import { storeDefaults, type Stores } from '../store/store-secrets.ts';
import type { TestImage, TestImages } from './images.ts';
import type { RealNode } from './node.ts';

const run = promisify(execFile);

/** Name of the release, and so the beginning of its objects' names. */
export const release = 'holdfast';

/** Makes the product's images and loads them into the node, then installs the chart as people do; resolves when its pods are ready. */
export async function installChart(given: {
  readonly kubeconfig: string;
  readonly node: RealNode;
  /** Folder for files that are needed in passing. */
  readonly dir: string;
  readonly stores: Stores;
  readonly images: TestImages;
  /** Values over ours: `path=JSON`. */
  readonly values: readonly string[];
  readonly say: (line: string) => void;
}): Promise<void> {
  const { kubeconfig, node, dir, stores, images, say } = given;
  const helm = await openHelm(say);
  if (!helm) throw new Error('helm was not built');
  const file = join(dir, 'image.tar');
  const load = async (archive: Uint8Array) => {
    await writeFile(file, archive);
    await node.loadImage(file);
  };
  say('making the images of the product and loading them into the node');
  const assembly = new Assembly();
  for (const name of imageNames) await load((await archiveOf((await assembly.make(name)).image)).bytes);
  await load(await images.archive(await redisImage(say)));
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

/** This machine's Redis under the name that the chart calls, with the libraries that it is linked with. */
async function redisImage(say: (line: string) => void): Promise<TestImage> {
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
