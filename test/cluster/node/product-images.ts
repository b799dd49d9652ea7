import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveOfAll, type Image } from '../../../scripts/images/archive.ts';
import { baseFiles } from '../../../scripts/images/base.ts';
import { Assembly, imageNames } from '../../../scripts/images/images.ts';
import { digestOf, layerOf } from '../../../scripts/images/layer.ts';
import { root } from '../../../scripts/steps.ts';
import { hashOfSources } from '../services/bundles.ts';

const cache = join(root, 'node_modules/.cache/holdfast/images');

/** How many archives stay: they are large, and other clusters may be loading theirs. */
const kept = 3;

/** The product's images as one archive, made only when something of them has changed: bundling takes seconds for each of them. */
export async function productImages(say: (line: string) => void): Promise<string> {
  const file = join(cache, `${await hashOfImages()}.tar`);
  if (await stat(file).catch(() => undefined)) {
    await utimes(file, new Date(), new Date());
    return file;
  }
  say('making the images of the product');
  const assembly = new Assembly();
  const images: Image[] = [];
  for (const name of imageNames) images.push((await assembly.make(name)).image);
  await mkdir(cache, { recursive: true });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, (await archiveOfAll(images)).bytes);
  await rename(fresh, file); // whole or not at all
  await forgetOld();
  return file;
}

/** Our sources, how images are put together, and what they take from this machine. */
async function hashOfImages(): Promise<string> {
  const folder = join(root, 'scripts/images');
  const files = (await readdir(folder)).toSorted().map((name) => join(folder, name));
  const texts = await Promise.all([join(root, 'LICENSE'), ...files].map((file) => readFile(file)));
  const { diffId } = await layerOf(await baseFiles());
  return digestOf([hashOfSources(), diffId, ...texts.map(digestOf)].join('\n')).slice(
    'sha256:'.length,
    'sha256:'.length + 20,
  );
}

async function forgetOld(): Promise<void> {
  const files = (await readdir(cache)).map((name) => join(cache, name));
  const ages = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  for (const { file } of ages.toSorted((a, b) => b.at - a.at).slice(kept)) await rm(file, { force: true });
}
