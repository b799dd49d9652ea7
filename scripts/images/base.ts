import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageFile } from './layer.ts';

const run = promisify(execFile);

/** What this machine's Debian calls its processor, and the loader that programs for it name. */
const machines: Readonly<Record<string, { readonly triplet: string; readonly loader: string }>> = {
  x64: { triplet: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
};

/** Where libraries lie in Debian, and the loader's path. */
export function machine(): { readonly triplet: string; readonly loader: string } {
  const found = process.platform === 'linux' ? machines[process.arch] : undefined;
  if (!found)
    throw new Error(
      `images are made from the files of Debian on x64 or arm64, and this machine is ${process.platform} on ${process.arch}; use one of those, or deploy/docker`,
    );
  return found;
}

/** What Node.js is linked with, and the resolver that it opens later. */
const libraries = [
  'libc.so.6',
  'libdl.so.2',
  'libm.so.6',
  'libpthread.so.0',
  'libresolv.so.2',
  'libstdc++.so.6',
  'libgcc_s.so.1',
];

/** Debian's packages that those files are from. */
const packages = ['ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];

/** The loader and the libraries of this machine, by their plain names. */
export async function runtimeLibraries(): Promise<Map<string, ImageFile>> {
  const { triplet, loader } = machine();
  const names = [
    ...libraries.map((name) => [name, `/usr/lib/${triplet}/${name}`]),
    [loader.split('/').at(-1), `/${loader}`],
  ];
  return new Map(
    await Promise.all(
      names.map(
        async ([name = '', path = '']) => [name, await fileFrom(path, { executable: path.endsWith(loader) })] as const,
      ),
    ),
  );
}

/** What every image holds: a system that can start Node.js, resolve names and trust public authorities, and whose it is. */
export async function baseFiles(): Promise<Map<string, ImageFile>> {
  const { triplet, loader } = machine();
  const files = new Map<string, ImageFile>();
  for (const [name, file] of await runtimeLibraries())
    files.set(loader.endsWith(`/${name}`) ? loader : `lib/${triplet}/${name}`, file);
  files.set('etc/passwd', text(`root:x:0:0:root:/:/nologin\nholdfast:x:${userId}:${userId}:holdfast:/tmp:/nologin\n`));
  files.set('etc/group', text(`root:x:0:\nholdfast:x:${userId}:\n`));
  files.set('etc/nsswitch.conf', text('hosts: files dns\n'));
  files.set('etc/ssl/certs/ca-certificates.crt', await authorities());
  files.set('tmp', { kind: 'folder', mode: 0o1777 });
  for (const [name, file] of await debianLicences()) files.set(name, file);
  return files;
}

/** Who runs in our images: nobody's account on any node. */
export const userId = 65_532;

/** The pinned Node.js and its licence. */
export async function nodeFiles(): Promise<{ readonly program: ImageFile; readonly licence: ImageFile }> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve(`node-linux-${process.arch}/package.json`));
  return {
    program: await fileFrom(join(folder, 'bin/node'), { executable: true }),
    licence: await fileFrom(join(folder, 'LICENSE')),
  };
}

export async function fileFrom(path: string, { executable = false } = {}): Promise<ImageFile> {
  return { kind: 'file', bytes: await readFile(path), executable };
}

export function text(content: string): ImageFile {
  return { kind: 'file', bytes: Buffer.from(content) };
}

/** Debian's list as it was packaged: authorities that this machine alone trusts are nobody else's. */
async function authorities(): Promise<ImageFile> {
  const folder = '/usr/share/ca-certificates/mozilla';
  const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).toSorted();
  const certificates = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return text(certificates.map((each) => `${each.trimEnd()}\n`).join(''));
}

async function debianLicences(): Promise<[string, ImageFile][]> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${Version}\\n', ...packages]);
  const copyrights = packages.map(
    async (name) => [`usr/share/doc/${name}/copyright`, await fileFrom(`/usr/share/doc/${name}/copyright`)] as const,
  );
  const versions = stdout.split('\n').filter(Boolean).toSorted().join('\n');
  return [
    ...(await Promise.all(copyrights)).map(([name, file]): [string, ImageFile] => [name, file]),
    ['usr/share/doc/debian-packages.txt', text(`${versions}\n`)],
  ];
}
