import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveOfAll, type Image, type ImageStart } from '../../../scripts/images/archive.ts';
import { baseFiles, fileFrom, nodeFiles } from '../../../scripts/images/base.ts';
import { layerOf, type ImageFile, type ImageFiles, type Layer } from '../../../scripts/images/layer.ts';
import type { ImageFolder } from '../images/image-table.ts';
import { pauseImage } from './parts.ts';

/** An image of the tests: no user unless its pods name one. */
export interface TestImage {
  readonly name: string;
  readonly files: ImageFiles;
  readonly start: Partial<ImageStart>;
}

/** Makes archives of images that only dev clusters know. Each stands on the same two layers: a system with Node.js, and busybox. */
export class TestImages {
  readonly #tools: { readonly busybox: string; readonly tini: string };
  #system: Promise<readonly Layer[]> | undefined;

  constructor(tools: { readonly busybox: string; readonly tini: string }) {
    this.#tools = tools;
  }

  /** One archive of the image that every pod starts with, and of these. */
  async archive(images: readonly TestImage[]): Promise<Uint8Array> {
    const all = await Promise.all([this.#pause(), ...images.map((image) => this.#onSystem(image))]);
    return (await archiveOfAll(all)).bytes;
  }

  async #onSystem({ name, files, start }: TestImage): Promise<Image> {
    this.#system ??= this.#makeSystem();
    return imageOf(name, [...(await this.#system), await layerOf(files)], start);
  }

  /** Holds a pod's namespaces, and reaps for those of its containers that share its processes. */
  async #pause(): Promise<Image> {
    const files = new Map<string, ImageFile>([
      ['tini', await fileFrom(this.#tools.tini, { executable: true })],
      ['busybox', await fileFrom(this.#tools.busybox, { executable: true })],
    ]);
    const entrypoint = ['/tini', '--', '/busybox', 'sleep', '2147483647'];
    const { name, version } = pauseImage;
    return imageOf(`${name}:${version}`, [await layerOf(files)], { entrypoint, user: '65535:65535' });
  }

  async #makeSystem(): Promise<Layer[]> {
    const base = await baseFiles();
    base.set('usr/local/bin/node', (await nodeFiles()).program);
    const busybox = new Map<string, ImageFile>([
      ['bin/busybox', await fileFrom(this.#tools.busybox, { executable: true })],
      ...applets.map((name): [string, ImageFile] => [`bin/${name}`, { kind: 'link', to: 'busybox' }]),
    ]);
    return Promise.all([base, busybox].map(layerOf));
  }
}

/** What scripts of ours in containers call. */
const applets = [
  'sh',
  'cat',
  'chmod',
  'echo',
  'env',
  'id',
  'kill',
  'ls',
  'mkdir',
  'printf',
  'ps',
  'rm',
  'setsid',
].concat(['sleep', 'test', 'touch', 'true', 'false', 'wc', 'wget']);

/** The files of a folder that stands for an image where pods are local processes. */
export async function imageOfFolder(name: string, folder: ImageFolder): Promise<TestImage> {
  const files = new Map<string, ImageFile>();
  for (const entry of await readdir(folder.root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inside = path.slice(folder.root.length + 1);
    if (entry.isSymbolicLink()) files.set(inside, { kind: 'link', to: await readlink(path) });
    else if (entry.isFile())
      files.set(inside, {
        kind: 'file',
        bytes: await readFile(path),
        executable: ((await stat(path)).mode & 0o100) !== 0,
      });
  }
  const env = Object.entries(folder.env ?? {}).map(([key, value]) => `${key}=${value}`);
  return { name, files, start: { ...(folder.entrypoint && { entrypoint: folder.entrypoint }), env } };
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function imageOf(name: string, layers: readonly Layer[], start: Partial<ImageStart>): Image {
  const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
  return {
    name: repository.includes('/') ? repository : `library/${repository}`,
    version: tag,
    title: `${repository}, a stand-in for tests`,
    start: {
      entrypoint: start.entrypoint ?? [],
      user: start.user ?? '',
      env: start.env?.some((each) => each.startsWith('PATH=')) ? start.env : [path, ...(start.env ?? [])],
    },
    layers,
  };
}
