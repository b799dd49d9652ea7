import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, lastLine } from './pip-install.ts';

const run = promisify(execFile);

/**
 * Folder in the user's cache with the files of Debian packages and, unless they are asked for `alone`, of what they need that this machine
 * lacks; fetched on the first call. Nothing is installed: no service starts, and the machine stays as it is. What is installed already is not in the folder. Undefined, and
 * said why, where there is no apt or it cannot fetch.
 *
 * @param name of the folder; it says what the packages are for
 */
export async function debianFiles(
  name: string,
  packages: readonly string[],
  { alone = false, say }: { readonly alone?: boolean; readonly say: (line: string) => void },
): Promise<string | undefined> {
  const home = join(cacheFolder(), `${name}-debian-${process.arch}`);
  if (existsSync(home)) return home;
  say(`fetching ${packages.join(', ')} from Debian into the user cache (once)`);
  await mkdir(cacheFolder(), { recursive: true });
  const site = await mkdtemp(`${home}.`);
  try {
    await fetchInto(join(site, 'archives'), packages, alone);
    await mkdir(join(site, 'files'));
    for (const file of await readdir(join(site, 'archives')))
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(site, 'archives', file), join(site, 'files')]);
    await rename(join(site, 'files'), home); // whole or not at all
  } catch (error) {
    if (!existsSync(home)) say(`apt could not fetch ${packages.join(', ')} (${lastLine(error)})`);
  } finally {
    await rm(site, { recursive: true, force: true });
  }
  return existsSync(home) ? home : undefined;
}

async function fetchInto(archives: string, packages: readonly string[], alone: boolean): Promise<void> {
  await mkdir(join(archives, 'partial'), { recursive: true });
  const install = [
    'install',
    '-y',
    '--no-install-recommends',
    '--download-only',
    '-o',
    `Dir::Cache::archives=${archives}`,
  ];
  const options = { cwd: archives, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const download = () => run('apt-get', ['-q', ...(alone ? ['download'] : install), ...packages], options);
  await download().catch(async () => {
    await run('apt-get', ['update', '-q'], options); // a fresh machine knows no packages yet
    await download();
  });
}
