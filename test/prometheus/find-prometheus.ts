import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, lastLine } from '../pip-install.ts';

const run = promisify(execFile);

/** Paths of a Prometheus and of its tool. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * For tests: from the PATH, or from an earlier fetch; with CI=true Debian's package is fetched, and what cannot be had is an error. Elsewhere
 * undefined, and said aloud.
 * @param what of the tests needs it
 */
export async function prometheusForTests(what: string): Promise<PrometheusPrograms | undefined> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const there = below((process.env.PATH ?? '').split(delimiter)) ?? below([home()]);
  if (there) return there;
  if (process.env['CI'] !== 'true') {
    say(`left out: ${what}; put prometheus and promtool on the PATH (Debian: apt-get install prometheus)`);
    return undefined;
  }
  await fetchFromDebian(say);
  const fetched = below([home()]);
  if (!fetched) throw new Error('prometheus could not be fetched; put prometheus and promtool on the PATH');
  return fetched;
}

function below(folders: readonly string[]): PrometheusPrograms | undefined {
  const [prometheus, promtool] = ['prometheus', 'promtool'].map((name) =>
    folders.map((folder) => join(folder, name)).find(isProgram),
  );
  return prometheus && promtool ? { prometheus, promtool } : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function home(): string {
  return join(cacheFolder(), `prometheus-${process.platform}-${process.arch}`);
}

/** The package is unpacked, not installed: it would bring a service that starts at once, and a web page that nobody opens. */
async function fetchFromDebian(say: (line: string) => void): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) return;
  say('fetching prometheus from Debian into the user cache (once)');
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(join(cacheFolder(), 'prometheus.'));
  try {
    const download = () => run('apt-get', ['download', '-q', 'prometheus'], { cwd: fresh });
    await download().catch(async () => {
      await run('apt-get', ['update', '-q']); // a fresh image knows no packages yet
      await download();
    });
    const [archive = ''] = (await readdir(fresh)).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', join(fresh, archive), join(fresh, 'unpacked')]);
    await mkdir(join(fresh, 'bin'));
    for (const name of ['prometheus', 'promtool'])
      await copyFile(join(fresh, 'unpacked/usr/bin', name), join(fresh, 'bin', name));
    if (!below([home()])) await rename(join(fresh, 'bin'), home()); // whole or not at all
  } catch (error) {
    say(`apt could not fetch prometheus (${lastLine(error)})`);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
