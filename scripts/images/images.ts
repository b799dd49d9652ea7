import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { buildServices, type BundleName } from '../build.ts';
import { root } from '../steps.ts';
import type { Image, ImageStart } from './archive.ts';
import { baseFiles, fileFrom, machine, nodeFiles, runtimeLibraries, text, userId } from './base.ts';
import { layerOf, type ImageFile, type ImageFiles, type Layer } from './layer.ts';
import { licencesOf } from './licences.ts';
import { tiniFolder, withOwnLoader } from './tools.ts';

export const imageNames = ['watcher', 'worker', 'retention', 'agent'] as const;
export type ImageName = (typeof imageNames)[number];

export interface Assembled {
  readonly image: Image;
  /** The files of each layer, lowest first. */
  readonly files: readonly ImageFiles[];
}

/** Makes images. What several of them have in common is made once. */
export class Assembly {
  #base: Promise<Made> | undefined;
  #node: Promise<Made> | undefined;

  async make(name: ImageName): Promise<Assembled> {
    const parts = name === 'agent' ? await this.#agent() : await this.#service(name);
    const image = {
      name: `holdfast/${name}`,
      version: version(),
      title: `Holdfast ${name}`,
      start: startOf(name),
      layers: parts.map(({ layer }) => layer),
    };
    return { image, files: parts.map(({ files }) => files) };
  }

  async #service(name: ImageName & BundleName): Promise<Made[]> {
    this.#base ??= baseFiles().then(made);
    this.#node ??= plainNode().then(made);
    return Promise.all([
      this.#base,
      this.#node,
      bundles(name === 'watcher' ? [name, 'release'] : [name], 'app').then(made),
    ]);
  }

  /** Everything of ours is in one folder that install copies into other people's images, so it needs nothing of the base but its licences. */
  async #agent(): Promise<Made[]> {
    this.#base ??= baseFiles().then(made);
    return Promise.all([this.#base, agentNode().then(made), bundles(['agent', 'install'], agentFolder).then(made)]);
  }
}

/** Where the agent lies in its own image, and where it lies in the pods. */
const agentFolder = 'agent';

interface Made {
  readonly files: ImageFiles;
  readonly layer: Layer;
}

async function made(files: ImageFiles): Promise<Made> {
  return { files, layer: await layerOf(files) };
}

export function startOf(name: ImageName): ImageStart {
  return {
    entrypoint: name === 'agent' ? ['/agent/node', '/agent/install.mjs'] : ['/usr/local/bin/node', `/app/${name}.mjs`],
    user: `${userId}:${userId}`,
    env: [`PATH=${name === 'agent' ? '/agent' : '/usr/local/bin'}`, 'HOME=/tmp', 'NODE_ENV=production'],
  };
}

async function plainNode(): Promise<ImageFiles> {
  const { program, licence } = await nodeFiles();
  return new Map([
    ['usr/local/bin/node', program],
    ['usr/share/doc/node/LICENSE', licence],
  ]);
}

/** Node.js with its own loader and libraries, because the images it is copied into may have none that fit, and tini as process 1. */
async function agentNode(): Promise<ImageFiles> {
  const require = createRequire(import.meta.url);
  const plain = join(require.resolve(`node-linux-${process.arch}/package.json`), '../bin/node');
  const loader = machine().loader.split('/').at(-1) ?? '';
  const tini = await tiniFolder();
  const files = new Map<string, ImageFile>([
    [
      `${agentFolder}/node`,
      { kind: 'file', executable: true, bytes: await withOwnLoader(plain, { folder: `/${agentFolder}`, loader }) },
    ],
    [`${agentFolder}/tini`, await fileFrom(tini.program, { executable: true })],
    ['usr/share/doc/node/LICENSE', (await nodeFiles()).licence],
    ['usr/share/doc/tini/copyright', await fileFrom(tini.copyright)],
  ]);
  for (const [name, file] of await runtimeLibraries()) files.set(`${agentFolder}/lib/${name}`, file);
  return files;
}

/** Whatever the build emits for these programs, without its maps: those are three times as large, and of use where the sources are. */
async function bundles(names: readonly BundleName[], folder: string): Promise<ImageFiles> {
  // Always as deep below the sources: names of chunks depend on the way from here to there.
  await mkdir(join(root, 'dist'), { recursive: true });
  const site = await mkdtemp(join(root, 'dist', 'image-'));
  try {
    await buildServices(site, names);
    const files = new Map<string, ImageFile>();
    for (const entry of await readdir(site, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !entry.name.endsWith('.map'))
        files.set(`${folder}${path.slice(site.length)}`, text(withoutMap(await readFile(path, 'utf8'))));
    }
    files.set(`usr/share/doc/holdfast/LICENSE`, await fileFrom(join(root, 'LICENSE')));
    files.set(`usr/share/doc/holdfast/THIRD-PARTY-LICENCES`, text(await licencesOf(site)));
    return files;
  } finally {
    await rm(site, { recursive: true, force: true });
  }
}

/** Nothing should look for a map that is not there. */
function withoutMap(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require(join(root, 'package.json')) as { version: string }).version;
}
