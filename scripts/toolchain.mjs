// Brings what a bare machine lacks: pnpm (per-user cache), then the workspace's packages, Node 24 among them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '..');
const pnpmVersion = '12.21.0';

/** Where downloaded tools are kept between clones: `$XDG_CACHE_HOME/holdfast`, else `~/.cache/holdfast`. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast');

/** Installs what is missing, saying so on stderr, and answers the pinned Node and an environment that finds it first. */
export async function bringToolchain() {
  const stamp = join(root, 'node_modules', '.holdfast-installed');
  const wanted = hashOfManifests();
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    await installPackages(await bringPnpm());
    writeFileSync(stamp, wanted);
  }
  const bin = join(root, 'node_modules', '.bin');
  const pinned = join(bin, 'node');
  return {
    node: existsSync(pinned) ? pinned : process.execPath,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  };
}

/** A change in any manifest or in the lock file means: install again. */
function hashOfManifests() {
  const hash = createHash('sha256');
  const folders = ['services', 'packages'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(group, name)),
  );
  for (const file of [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    ...folders.map((f) => join(f, 'package.json')),
  ]) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(file).update(readFileSync(path));
  }
  return hash.digest('hex');
}

async function bringPnpm() {
  const home = join(cacheFolder, `pnpm-${pnpmVersion}-${process.platform}-${process.arch}`);
  const binary = join(home, 'node_modules', '.bin', 'pnpm');
  if (existsSync(binary)) return binary;
  say(`installing pnpm ${pnpmVersion} into the user cache (once)`);
  const fresh = `${home}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  await run('npm', ['install', '--prefix', fresh, '--no-audit', '--no-fund', '--silent', `pnpm@${pnpmVersion}`]);
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home); // whole or not at all: an interrupted install never looks finished
  return binary;
}

async function installPackages(pnpm) {
  say('installing packages');
  const began = Date.now();
  const frozen = existsSync(join(root, 'pnpm-lock.yaml')) ? '--frozen-lockfile' : '--no-frozen-lockfile';
  try {
    await run(pnpm, ['install', frozen, '--prefer-offline', '--reporter=append-only'], {
      cwd: root,
      env: { ...process.env, CI: 'true' },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}\n`);
    throw new Error('pnpm install failed; its output is above', { cause: error });
  }
  say(`packages installed in ${Math.round((Date.now() - began) / 1000)} s`);
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}
