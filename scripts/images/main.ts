// npm run images: the product's images as OCI archives in dist/images, made from local files without a container runtime or a registry.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { root } from '../steps.ts';
import { archiveOf } from './archive.ts';
import { Assembly, imageNames, type ImageName } from './images.ts';
import { layFiles } from './lay-files.ts';

interface Options {
  readonly out: string;
  readonly json?: true;
  readonly folder?: string;
}

await new Command('images')
  .description('Makes images for this machine’s processor; the same sources give the same digests.')
  .argument('[names...]', `which of ${imageNames.join(', ')}; all without one`)
  .option('--out <folder>', 'where the archives go', join(root, 'dist/images'))
  .option('--json', 'says the outcome as one JSON document')
  .option('--folder <path>', 'lays the files of one image out below this folder instead; deploy/docker does that')
  .action(async (names: string[], options: Options) => {
    const wanted = names.length > 0 ? names.map(known) : imageNames;
    await (options.folder === undefined ? pack(wanted, options) : lay(wanted, options.folder));
  })
  .parseAsync();

function known(name: string): ImageName {
  const found = imageNames.find((each) => each === name);
  if (found) return found;
  process.stderr.write(`images: no image "${name}"; there are ${imageNames.join(', ')}\n`);
  process.exit(2);
}

async function pack(names: readonly ImageName[], { out, json }: Options): Promise<void> {
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  const assembly = new Assembly();
  const outcomes = [];
  for (const name of names) {
    const { image } = await assembly.make(name);
    const { bytes, digest } = await archiveOf(image);
    const file = join(folder, `${name}.tar`);
    await writeFile(file, bytes);
    const unpackedBytes = image.layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0);
    outcomes.push({
      image: `${image.name}:${image.version}`,
      digest,
      file,
      archiveBytes: bytes.byteLength,
      unpackedBytes,
    });
  }
  if (json) return void process.stdout.write(`${JSON.stringify(outcomes, undefined, 2)}\n`);
  for (const { image, digest, archiveBytes, unpackedBytes } of outcomes)
    process.stdout.write(
      `${image.padEnd(26)} ${mib(archiveBytes)} packed, ${mib(unpackedBytes)} unpacked  ${digest}\n`,
    );
  process.stdout.write(
    `archives are in ${folder}; load one with: ctr -n k8s.io image import ${join(folder, 'watcher.tar')}\n`,
  );
}

async function lay(names: readonly ImageName[], folder: string): Promise<void> {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    process.stderr.write('images: --folder lays out one image; name it\n');
    process.exit(2);
  }
  const { files } = await new Assembly().make(name);
  for (const layer of files) await layFiles(layer, resolve(folder));
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`.padStart(10);
}
